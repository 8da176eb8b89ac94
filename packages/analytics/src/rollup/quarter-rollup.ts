import type { ClickHouseEngine } from '../clickhouse-engine.ts';
import { createQuarterMarks, QUARTER_SECONDS } from './quarter-marks.ts';
import { rollUpStatement } from './roll-up-statement.ts';

/** Options of {@link createQuarterRollup}. */
export interface QuarterRollupOptions {
  /** A quarter is rolled up when nothing was written to it for so long. Default 60,000. */
  readonly quietMs: number;
  /** How often to look for such quarters. Default 5,000. */
  readonly intervalMs: number;
  /** Clock, ms. Default Date.now. */
  readonly now: () => number;
  /** Told when a pass failed; it is tried again at the next interval. Default a process warning. */
  readonly onFailure: (error: unknown) => void;
}

/** Defaults of {@link QuarterRollupOptions}. */
export const QUARTER_ROLLUP_DEFAULTS: QuarterRollupOptions = {
  quietMs: 60_000,
  intervalMs: 5_000,
  now: Date.now,
  onFailure: (error) => process.emitWarning(`Rolling up quarter-hours failed, will be tried again: ${String(error)}`),
};

/** A pass takes as many quarters as it does in about this time: long enough to be worth it, short enough to be let through. */
const PASS_MS = 2_000;
const MAX_PASS_QUARTERS = 2_976;
const MIN_PASS_QUARTERS = 4;

/** Keeps quarter-hours in step with minutes, and knows where they are not yet. */
export interface QuarterRollup {
  /** Reads the marks of an earlier process and starts rolling up by itself. Idempotent. */
  start(): Promise<void>;
  /** Writes rows of minutes: marks their quarters durably first. */
  writing(quarters: readonly number[], write: () => Promise<void>): Promise<void>;
  /** Quarters that start within [from, to) and must be read from the minutes. */
  marked(from: number, to: number): readonly number[];
  /** Rolls up all quarters that have been quiet for `quietMs`; default: as configured. */
  rollUp(quietMs?: number): Promise<void>;
  /** Ends rolling up by itself; waits for a pass under way. */
  stop(): Promise<void>;
}

/** Creates the roll-up over an engine. */
export function createQuarterRollup(engine: ClickHouseEngine, options: QuarterRollupOptions): QuarterRollup {
  const { now, intervalMs } = options;
  const marks = createQuarterMarks();
  const table = `${engine.database}.quarter_marks`;
  let sequence = 0;
  let started: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let passes: Promise<void> = Promise.resolve();
  let passQuarters = 2 * MIN_PASS_QUARTERS;
  let stopped = false;

  async function restore(): Promise<void> {
    const [newest] = await engine.read(`SELECT max(sequence) FROM ${table}`);
    sequence = Number(newest?.[0] ?? 0);
    const rows = await engine.read(`SELECT toUnixTimestamp(quarter) FROM ${table} FINAL WHERE marked = 1`);
    marks.restore(rows.map(([quarter]) => Number(quarter)));
    timer = setInterval(() => void rollUp(options.quietMs).catch(options.onFailure), intervalMs);
    timer.unref();
  }

  /** Later statements win, in whichever order they arrive: the sequence is drawn when the decision is made. */
  function storeMarks(quarters: readonly number[], marked: 0 | 1): Promise<void> {
    if (quarters.length === 0) return Promise.resolve();
    sequence += 1;
    const values = quarters.map((quarter) => `(${quarter}, ${sequence}, ${marked})`).join(', ');
    return engine.run(`INSERT INTO ${table} (quarter, sequence, marked) SETTINGS async_insert = 0 VALUES ${values}`);
  }

  async function passAll(quietMs: number): Promise<void> {
    while (!stopped) {
      const span = marks.takeSpan(now(), quietMs, passQuarters);
      if (span === undefined) return;
      const startedMs = performance.now();
      await engine.maintain(rollUpStatement(engine.database, span.from, span.to));
      await storeMarks(marks.clear(span), 0);
      adapt((performance.now() - startedMs) / span.generations.size);
    }
  }

  function adapt(msPerQuarter: number): void {
    const fitting = Math.floor(PASS_MS / Math.max(msPerQuarter, 0.01));
    passQuarters = Math.min(MAX_PASS_QUARTERS, Math.max(MIN_PASS_QUARTERS, Math.min(fitting, passQuarters * 2)));
  }

  function rollUp(quietMs: number = options.quietMs): Promise<void> {
    const pass = passes.then(() => passAll(quietMs));
    passes = pass.catch(() => undefined);
    return pass;
  }

  return {
    start() {
      started ??= restore().catch((error: unknown) => {
        started = undefined;
        throw error;
      });
      return started;
    },
    async writing(quarters, write) {
      const unstored = marks.begin(quarters, now());
      try {
        await storeMarks(unstored, 1);
        marks.stored(unstored);
        await write();
      } finally {
        marks.end(quarters, now());
      }
    },
    marked: (from, to) => marks.within(Math.floor(from / QUARTER_SECONDS) * QUARTER_SECONDS, to),
    rollUp,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await passes;
    },
  };
}
