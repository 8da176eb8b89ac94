import type { AnalyticsBackend } from './analytics-backend.ts';
import type { ClickHouseEngine } from './clickhouse-engine.ts';
import { createInsertQueue, INSERT_QUEUE_DEFAULTS, type InsertQueue, type InsertQueueOptions } from './insert-queue.ts';
import { historyStatement } from './queries/history.ts';
import { rankStatement, toRankRow } from './queries/rank.ts';
import { rawHistoryStatement } from './queries/raw-history.ts';
import { READ_LIMITS_DEFAULTS, type ReadLimits, readSettings } from './queries/read-limits.ts';
import { readTotals } from './queries/totals.ts';
import type { WrittenTable } from './schema/inserts.ts';
import { migrate } from './schema/migrate.ts';

/** What an adapter's user may choose; the adapter fills in the rest. */
export interface BackendOptions {
  /** How long raw rows are kept, counted from their arrival. Default 7 days. */
  readonly rawRetentionSeconds?: number;
  readonly readLimits?: Partial<ReadLimits>;
  readonly insertQueue?: Partial<InsertQueueOptions>;
}

const WEEK_SECONDS = 604_800;

/** The store on a ClickHouse, whichever engine that is. Takes over the engine: closing the backend closes it. */
export function createClickHouseBackend(engine: ClickHouseEngine, options: BackendOptions): AnalyticsBackend {
  const { database } = engine;
  const rawRetentionSeconds = options.rawRetentionSeconds ?? WEEK_SECONDS;
  const settings = readSettings({ ...READ_LIMITS_DEFAULTS, ...options.readLimits });
  const queueOptions = { ...INSERT_QUEUE_DEFAULTS, ...options.insertQueue };
  const queueOf = (table: WrittenTable) => createInsertQueue(engine.insertNative, table, queueOptions);
  const queues: Readonly<Record<WrittenTable, InsertQueue>> = {
    city_minutes: queueOf('city_minutes'),
    observations: queueOf('observations'),
    dead_letters: queueOf('dead_letters'),
  };
  let closed: Promise<void> | undefined;

  return {
    migrate: () => migrate(engine, { rawRetentionSeconds }),
    async write(rows) {
      await queues[rows.table].add(rows);
      return rows.bytes;
    },
    async history(query, signal) {
      const build = query.resolution === 'raw' ? rawHistoryStatement : historyStatement;
      const { statement, parameters, toRow } = build(database, query, settings);
      return (await engine.read(statement, { parameters, signal })).map(toRow);
    },
    async rank(query, signal) {
      const { statement, parameters } = rankStatement(database, query, settings);
      return (await engine.read(statement, { parameters, signal })).map(toRankRow);
    },
    totals: () => readTotals(engine, settings),
    close() {
      closed ??= Promise.all(Object.values(queues).map((queue) => queue.idle())).then(() => engine.close());
      return closed;
    },
  };
}
