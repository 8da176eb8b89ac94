import type { AnalyticsStore } from '@isotherm/analytics';
import { createRowWriter, type PartitionRuntime } from '@isotherm/compute/internals';
import { createHeardLogger } from '../engine/heard-logger.ts';
import type { Drill } from './drill.ts';

const STORE_FAILED = 'Minute rows could not be stored';
const STORE_BACK = 'Analytical store answered again';

/** A stand-in for a partition with so many rows to store. */
interface Source {
  pending: number;
  handedOut: number;
  open: number;
}

/** The writer of minute rows over an analytical store of every mood: bounded inserts, in turn, and it never gives up. */
export async function drillRowWriter(drill: Drill): Promise<void> {
  const { prng, same, violations, scheduler, settled } = drill;
  const process = drill.spawn('shard');
  const rowsPerInsert = 10 + prng.below(20);
  const intervalMs = 100;
  const maxBackoffMs = prng.pick([350, 1_600]);
  const sources = Array.from({ length: 1 + prng.below(3) }, (): Source => ({ pending: 0, handedOut: 0, open: 0 }));
  const { logger, heard } = createHeardLogger();
  let inFlight = 0;
  let mostInFlight = 0;
  let failing = false;
  let stored = 0;
  const attempts: number[] = [];
  const inserts: number[] = [];

  let timesAsked = 0;

  const stateOf = (source: Source) => ({
    get rowsPending() {
      return source.pending + source.handedOut;
    },
    takeRows(maxRows: number, { includeOpen = false }: { readonly includeOpen?: boolean } = {}) {
      timesAsked += 1;
      violations.expect(
        maxRows > 0 && maxRows <= rowsPerInsert,
        'an insert has room for what it takes',
        () => `${maxRows}`,
      );
      const closed = includeOpen ? source.pending + source.open : source.pending;
      // One batch at a time.
      const rowCount = source.handedOut > 0 ? 0 : Math.min(maxRows, closed);
      if (rowCount === 0) return undefined;
      const ofOpen = Math.max(0, rowCount - source.pending);
      source.pending -= rowCount - ofOpen;
      source.open -= ofOpen;
      source.handedOut = rowCount;
      const back = () => {
        source.handedOut = 0;
      };
      return {
        rows: { rowCount },
        stored: back,
        failed() {
          source.pending += rowCount;
          back();
        },
      };
    },
  });
  const analytics = {
    async writeMinuteRows(_origin: unknown, batches: readonly { readonly rowCount: number }[]) {
      attempts.push(scheduler.nowMs);
      const rows = batches.reduce((sum, batch) => sum + batch.rowCount, 0);
      inserts.push(rows);
      violations.expect(rows > 0 && rows <= rowsPerInsert, 'inserts are bounded', () => `${rows} of ${rowsPerInsert}`);
      inFlight += 1;
      mostInFlight = Math.max(mostInFlight, inFlight);
      violations.expect(inFlight <= 2, 'two writes at a time', () => `${inFlight}`);
      await process.sleep(5);
      inFlight -= 1;
      if (failing) throw new Error('away');
      stored += rows;
    },
  };
  const trail = { unwritten: [], lastApplied: undefined, lastWritten: undefined };
  const runtimes = new Map(
    sources.map((source, partition) => [
      partition,
      { partition, state: stateOf(source), trail } as unknown as PartitionRuntime,
    ]),
  );
  const writer = createRowWriter(
    {
      analytics: analytics as unknown as AnalyticsStore,
      incarnation: '0191a2b3c4d50013',
      runtimes,
      logger,
      runtime: process,
    },
    { intervalMs, rowsPerInsert, maxBackoffMs },
  );
  const left = () => sources.reduce((sum, { pending, handedOut }) => sum + pending + handedOut, 0);
  same(
    'nothing to store is stored at once',
    [await settled(writer.flush()), attempts.length, writer.failing, timesAsked],
    [0, 0, false, sources.length],
  );
  for (const source of sources) source.pending = 40 + prng.below(60);
  const [first] = sources;
  const flushed = await settled(writer.flush());
  same(
    'a flush is one insert',
    [flushed, writer.rowsStored, inserts.at(-1)],
    [rowsPerInsert, rowsPerInsert, rowsPerInsert],
  );
  for (const source of sources) source.pending = 5;
  first!.pending = rowsPerInsert - 1;
  same('an insert is filled', await settled(writer.flush()), sources.length > 1 ? rowsPerInsert : rowsPerInsert - 1);
  for (const source of sources) source.pending = 3 * rowsPerInsert;
  const many = await settled(Promise.all(Array.from({ length: 5 }, () => writer.flush())));
  const wanted = Math.min(2, sources.length);
  violations.expect(
    mostInFlight === wanted && many.every((rows) => rows === rowsPerInsert || sources.length === 1),
    'of many who flush, two write at a time, and each gets its turn',
    () => `${mostInFlight} at a time, ${many}`,
  );
  for (const source of sources) source.pending += 40;
  const stop = new AbortController();
  const beganMs = scheduler.nowMs;
  let over = false;
  const run = writer.run(stop.signal).then(() => {
    over = true;
  });
  while (left() > 0 && scheduler.nowMs < beganMs + 20_000) await settled(process.sleep(5));
  const needed = attempts.length * 7 + 60 + intervalMs * 3;
  violations.expect(
    scheduler.nowMs - beganMs <= needed,
    'much is written without a pause',
    () => `${scheduler.nowMs - beganMs} ms`,
  );
  same('what is stored is counted', writer.rowsStored, stored);
  await settled(process.sleep(2 * intervalMs));
  const askedBefore = timesAsked;
  await settled(process.sleep(5 * intervalMs));
  same('nobody is asked for rows that are not there', timesAsked, askedBefore);
  failing = true;
  first!.pending = 3;
  const failingFrom = attempts.length;
  await settled(process.sleep(maxBackoffMs * 4));
  same('a store that is away is said once', [heard.get(STORE_FAILED), writer.failing], [1, true]);
  const gaps = attempts.slice(failingFrom).map((at, i, all) => Math.round(at - (all[i - 1] ?? at)));
  gaps.slice(1).forEach((gap, i) => {
    const wanted = Math.min(maxBackoffMs, intervalMs * 2 ** (i + 1)) + 5;
    violations.expect(Math.abs(gap - wanted) <= 2, 'pauses double up to their limit', () => `${gaps}, ${wanted}`);
  });
  violations.expect(gaps.length >= 3, 'the writer does not give up', () => `${gaps}`);
  same('rows wait', left(), 3);
  failing = false;
  await settled(process.sleep(maxBackoffMs + 50));
  same('a store that is back is said once', [heard.get(STORE_BACK), writer.failing, left()], [1, false, 0]);
  await drillHiccup();
  first!.pending = 1;
  await settled(process.sleep(300));
  same('a single row is stored too', [left(), over], [0, false]);
  first!.open = 2;
  await settled(process.sleep(300));
  same('open panes stay', first!.open, 2);
  same('open panes are written if asked', [await settled(writer.flush({ includeOpen: true })), first!.open], [2, 0]);
  first!.pending = 4;
  failing = true;
  same('who flushes learns of a failure', await drill.errorOf(() => writer.flush()), 'Error: away');
  failing = false;
  same('what failed waits', left(), 4);
  await settled(process.sleep(2 * maxBackoffMs));
  stop.abort();
  await settled(run);
  const after = attempts.length;
  first!.pending = 5;
  await settled(process.sleep(500));
  same('a writer that is stopped writes no more', attempts.length, after);
  same('all is stored', [writer.rowsStored, over], [stored, true]);

  /** One failure, and all is well again: both are said. */
  async function drillHiccup(): Promise<void> {
    failing = true;
    first!.pending = 2;
    const from = attempts.length;
    while (attempts.length === from) await settled(process.sleep(1));
    await settled(process.sleep(10));
    same('a single failure is told', [heard.get(STORE_FAILED), writer.failing], [2, true]);
    failing = false;
    await settled(process.sleep(maxBackoffMs + 50));
    same('and its end', [heard.get(STORE_BACK), writer.failing, left()], [2, false, 0]);
  }
}
