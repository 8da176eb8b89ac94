import type { AnalyticsStore, DeadLetter, DeadLetterOutcome, RawRows, RowOrigin } from '@isotherm/analytics';
import type { MinuteRows } from '@isotherm/domain';
import { storedRowAt } from '@isotherm/testkit';
import { observationAsSent } from '../checks/plain-record.ts';
import type { Faults } from '../engine/faults.ts';
import type { Scheduler } from '../engine/scheduler.ts';
import type { SimulatedProcess } from '../engine/simulated-process.ts';
import type { Violations } from '../engine/violation.ts';

/** A row of a table that keeps, of rows with the same key, the one with the greatest version. */
interface Row {
  readonly key: string;
  readonly version: string;
  readonly content: string;
}

/** What queries find in a table: of each key the content of the greatest version. */
export type FinalRows = ReadonlyMap<string, string>;

/**
 * ClickHouse, as the analytical store uses it. What it reproduces, each observed on the real engine in
 * packages/analytics:
 *
 * - a table shows, of rows with the same key, the one with the greatest version, in whatever order they were inserted;
 * - an insert that its caller sees fail may have been applied, whole or its first blocks;
 * - an insert whose caller died may be applied: the one unacked batch extra;
 * - it may be slow or away for a minute.
 *
 * What it need not reproduce, because the adapter keeps it from everybody: an insert that is confirmed although its files
 * were cut short (packages/analytics/src/chdb/dropped-writes.ts makes it one that fails).
 */
export interface StoreTables {
  open(process: SimulatedProcess): AnalyticsStore;
  /** Refuses everything for a while. */
  goAway(forMs: number): void;
  /** By `city minute`. */
  minutes(): FinalRows;
  /** By `partition/offset/row`. */
  observations(): FinalRows;
  /** By `partition/offset/row`. */
  deadLetters(): FinalRows;
  /** By `partition/offset/row`. */
  outcomes(): FinalRows;
  /** Minute rows that a process was told are stored. */
  acked(process: SimulatedProcess): number;
  /** The letters themselves, for who replays them. */
  letters(): readonly DeadLetter[];
}

/** Empty tables. */
export function createStoreTables(deps: {
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly violations: Violations;
}): StoreTables {
  const { scheduler, faults, violations } = deps;
  const { prng } = faults;
  const tables = {
    minutes: createTable('minutes', violations),
    observations: createTable('observations', violations),
    deadLetters: createTable('dead letters', violations),
    outcomes: createTable('outcomes', violations),
  };
  const letters = new Map<string, DeadLetter>();
  const acked = new Map<SimulatedProcess, number>();
  let awayUntilMs = 0;

  function open(process: SimulatedProcess): AnalyticsStore {
    function write(table: Table, rows: readonly Row[]): Promise<void> {
      const fails = faults.strike('storeFails');
      const ambiguous = faults.strike('storeAmbiguous');
      const slowMs = faults.strike('storeSlow') ? prng.float() * 40_000 : 0;
      return process.call({ thereMs: prng.float() * 40 + slowMs, backMs: prng.float() * 5 }, () => {
        if (scheduler.nowMs < awayUntilMs || fails) throw new Error('The analytical store does not answer');
        if (!process.alive && prng.chance(0.5)) return;
        table.insert(ambiguous ? rows.slice(0, prng.below(rows.length + 1)) : rows);
        if (ambiguous) throw new Error('The answer of the analytical store was lost');
      });
    }
    const unread = () => Promise.reject(new Error('The simulation reads its tables by itself'));
    return {
      migrate: async () => undefined,
      async writeMinuteRows(origin, batches) {
        const rows = minuteRows(origin, batches);
        await write(tables.minutes, rows);
        acked.set(process, (acked.get(process) ?? 0) + rows.length);
      },
      writeRawRows: (_origin, batches) => write(tables.observations, rawRows(batches)),
      async writeDeadLetters(_origin, written) {
        const rows = written.map(letterRow);
        await write(tables.deadLetters, rows);
        written.forEach((letter, i) => void letters.set(rows[i]!.key, letter));
      },
      writeDeadLetterOutcomes: (origin, outcomes) => write(tables.outcomes, outcomes.map(outcomeRow(origin))),
      deadLetters: unread,
      countDeadLetters: unread,
      purgeDeadLetters: unread,
      history: unread,
      rank: unread,
      totals: unread,
      close: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  return {
    open,
    goAway(forMs) {
      awayUntilMs = scheduler.nowMs + forMs;
    },
    acked: (process) => acked.get(process) ?? 0,
    minutes: tables.minutes.final,
    observations: tables.observations.final,
    deadLetters: tables.deadLetters.final,
    outcomes: tables.outcomes.final,
    letters: () => [...letters.values()],
  };
}

interface Table {
  insert(rows: readonly Row[]): void;
  readonly final: () => FinalRows;
}

/** A table. Rows of one key and version must be equal: two writers can only write the same truth. */
function createTable(name: string, violations: Violations): Table {
  const truth = new Map<string, string>();
  const newest = new Map<string, Row>();
  return {
    insert(rows) {
      for (const row of rows) {
        const place = `${row.key} @ ${row.version}`;
        const known = truth.get(place);
        violations.expect(
          known === undefined || known === row.content,
          'rows of one version are equal',
          () => `${name} ${place}: ${known} and ${row.content}`,
        );
        truth.set(place, row.content);
        const before = newest.get(row.key);
        if (before === undefined || before.version <= row.version) newest.set(row.key, row);
      }
    },
    final: () => new Map([...newest].map(([key, { content }]) => [key, content])),
  };
}

const versionOf = ({ incarnation }: RowOrigin, offset: number) => `${incarnation}${String(offset).padStart(12, '0')}`;

function minuteRows(origin: RowOrigin, batches: readonly MinuteRows[]): Row[] {
  return batches.flatMap((rows) =>
    Array.from({ length: rows.rowCount }, (_, i) => ({
      key: `${rows.cityIds[rows.city[i]!]} ${rows.minute[i]}`,
      version: versionOf(origin, rows.appliedOffset),
      content: JSON.stringify(storedRowAt(rows, i)),
    })),
  );
}

function rawRows(batches: readonly RawRows[]): Row[] {
  const value = (column: Float64Array, i: number) => (Number.isNaN(column[i]!) ? null : column[i]!);
  return batches.flatMap((rows) =>
    Array.from({ length: rows.rowCount }, (_, i) => ({
      key: `${rows.partition}/${rows.offset[i]}/${rows.row[i]}`,
      version: '',
      content: JSON.stringify([
        rows.cityIds[rows.city[i]!],
        rows.observedMs[i],
        value(rows.temperatureCelsius, i),
        value(rows.humidityPercent, i),
        value(rows.windMps, i),
      ]),
    })),
  );
}

/** DeadLetterReason of isotherm.deadletter.v1: the record could not be applied. */
const POISON = 14;

function letterRow(letter: DeadLetter): Row {
  return {
    key: `${letter.partition}/${letter.offset}/${letter.row}`,
    version: '',
    content: JSON.stringify([
      letter.reason,
      letter.cityId,
      letter.observedMs ?? null,
      letter.producerId,
      letter.firstSeenMs,
      letter.cityId === '' && letter.reason === POISON
        ? Buffer.from(letter.observation).toString('hex')
        : observationAsSent(letter.observation),
    ]),
  };
}

function outcomeRow(origin: RowOrigin): (outcome: DeadLetterOutcome) => Row {
  return (outcome) => ({
    key: `${outcome.partition}/${outcome.offset}/${outcome.row}`,
    version: versionOf(origin, outcome.at),
    content: JSON.stringify([outcome.state, outcome.attempts, outcome.reason]),
  });
}
