import { RETRY_DEFAULTS, type RetryOptions } from '@isotherm/domain';
import type { AnalyticsBackend } from './analytics-backend.ts';
import type { DeadLetterFilter, DeadLetterId, HistoryQuery } from './analytics-store.ts';
import type { ClickHouseEngine } from './clickhouse-engine.ts';
import { createInsertQueue, INSERT_QUEUE_DEFAULTS, type InsertQueue, type InsertQueueOptions } from './insert-queue.ts';
import { type BucketWidth, bucketHistoryStatement, type MarkedQuarters } from './queries/bucket-history.ts';
import { idRuns, requireDeadLetterCount } from './queries/dead-letter-limits.ts';
import {
  countDeadLettersStatement,
  deadLettersStatement,
  mergeDeadLetterCounts,
  toDeadLetterCount,
  toStoredDeadLetter,
} from './queries/dead-letter-statements.ts';
import type { HistoryStatement } from './queries/history-point.ts';
import { minuteHistoryStatement } from './queries/minute-history.ts';
import { createQueryLimiter } from './queries/query-limiter.ts';
import { rankStatement, toRankRow } from './queries/rank.ts';
import { rawHistoryStatement } from './queries/raw-history.ts';
import { READ_LIMITS_DEFAULTS, type ReadLimits, readSettings } from './queries/read-limits.ts';
import { removeDeadLettersStatement } from './queries/remove-dead-letters.ts';
import { readTotals } from './queries/totals.ts';
import { createQuarterRollup, QUARTER_ROLLUP_DEFAULTS, type QuarterRollupOptions } from './rollup/quarter-rollup.ts';
import type { WrittenTable } from './schema/inserts.ts';
import { migrate } from './schema/migrate.ts';

/** What an adapter's user may choose; the adapter fills in the rest. */
export interface BackendOptions {
  /** How long raw rows are kept, counted from their arrival. Default 7 days. */
  readonly rawRetentionSeconds?: number;
  readonly readLimits?: Partial<ReadLimits>;
  readonly insertQueue?: Partial<InsertQueueOptions>;
  /** When quarter-hours are rolled up. */
  readonly quarterRollup?: Partial<Pick<QuarterRollupOptions, 'quietMs' | 'intervalMs'>>;
  /** When dead letters are tried again: the state of one that never was follows from it. */
  readonly deadLetterRetry?: RetryOptions;
}

const WEEK_SECONDS = 604_800;

/** The store on a ClickHouse, whichever engine that is. Takes over the engine: closing the backend closes it. */
export function createClickHouseBackend(engine: ClickHouseEngine, options: BackendOptions): AnalyticsBackend {
  const { database } = engine;
  const rawRetentionSeconds = options.rawRetentionSeconds ?? WEEK_SECONDS;
  const limits = { ...READ_LIMITS_DEFAULTS, ...options.readLimits };
  const settings = readSettings(limits);
  const limiter = createQueryLimiter(limits.maxReads);
  const queueOptions = { ...INSERT_QUEUE_DEFAULTS, ...options.insertQueue };
  const queueOf = (table: WrittenTable) => createInsertQueue(engine.insertNative, table, queueOptions);
  const queues: Readonly<Record<WrittenTable, InsertQueue>> = {
    city_minutes: queueOf('city_minutes'),
    observations: queueOf('observations'),
    dead_letters: queueOf('dead_letters'),
    dead_letter_outcomes: queueOf('dead_letter_outcomes'),
  };
  // Marks live in this process: where others write too, everything is read from the minutes.
  const rollup = engine.exclusive
    ? createQuarterRollup(engine, { ...QUARTER_ROLLUP_DEFAULTS, ...options.quarterRollup })
    : undefined;
  const marked: MarkedQuarters = (from, to) => rollup?.marked(from, to);
  const context = { settings, marked };
  const letterContext = { database, settings, retry: options.deadLetterRetry ?? RETRY_DEFAULTS };
  let closed: Promise<void> | undefined;

  function historyOf(query: HistoryQuery): HistoryStatement {
    switch (query.resolution) {
      case 'raw':
        return rawHistoryStatement(database, query, settings);
      case 'minute':
        return minuteHistoryStatement(database, query, settings);
      default:
        return bucketHistoryStatement(
          database,
          { ...query, resolution: query.resolution satisfies BucketWidth },
          context,
        );
    }
  }

  /** The filter as it is, or once for each run of the ids it names that fits a statement. */
  function filtersOf(filter: DeadLetterFilter): readonly DeadLetterFilter[] {
    if (filter.ids === undefined) return [filter];
    requireDeadLetterCount('The number of ids', filter.ids.length, 0);
    return idRuns(filter.ids).map((ids: readonly DeadLetterId[]) => ({ ...filter, ids }));
  }

  async function close(): Promise<void> {
    await rollup?.stop();
    await Promise.all(Object.values(queues).map((queue) => queue.idle()));
    await engine.close();
  }

  return {
    async migrate() {
      await migrate(engine, { rawRetentionSeconds });
      await rollup?.start();
    },
    async write(rows) {
      const insert = () => queues[rows.table].add(rows);
      if (rollup === undefined || rows.table !== 'city_minutes') await insert();
      else {
        await rollup.start();
        await rollup.writing(rows.quarters, insert);
      }
      return rows.bytes;
    },
    history: (query, signal) =>
      limiter.run(async () => {
        await rollup?.start();
        const { statement, parameters, toRow } = historyOf(query);
        return (await engine.read(statement, { parameters, signal })).map(toRow);
      }, signal),
    rank: (query, signal) =>
      limiter.run(async () => {
        await rollup?.start();
        const { statement, parameters } = rankStatement(database, query, context);
        return (await engine.read(statement, { parameters, signal })).map(toRankRow);
      }, signal),
    deadLetters: (query, signal) =>
      limiter.run(async () => {
        requireDeadLetterCount('The limit', query.limit, 1);
        const letters = [];
        for (const filter of filtersOf(query.filter)) {
          const limit = query.limit - letters.length;
          if (limit === 0) break;
          const { statement, parameters } = deadLettersStatement(letterContext, { ...query, filter, limit });
          letters.push(...(await engine.read(statement, { parameters, signal })).map(toStoredDeadLetter));
        }
        return letters;
      }, signal),
    countDeadLetters: (filter, signal) =>
      limiter.run(async () => {
        const parts = [];
        for (const part of filtersOf(filter)) {
          const { statement, parameters } = countDeadLettersStatement(letterContext, part);
          parts.push((await engine.read(statement, { parameters, signal })).map(toDeadLetterCount));
        }
        return mergeDeadLetterCounts(parts);
      }, signal),
    async removeDeadLetters(letters) {
      if (letters.length > 0) await engine.maintain(removeDeadLettersStatement(engine, letters));
    },
    totals: () =>
      limiter.run(async () => {
        await rollup?.start();
        return readTotals(engine, context);
      }),
    async rollUp(quietMs) {
      await rollup?.start();
      await rollup?.rollUp(quietMs);
    },
    close() {
      closed ??= close();
      return closed;
    },
  };
}
