import { createOffsetWaiters, createRecordSink, type PartitionRuntime } from '@isotherm/compute/internals';
import { createHeardLogger } from '../engine/heard-logger.ts';
import type { Drill } from './drill.ts';
import { drawSinkRecord, RETRY_DELAYS_MS, type SinkRecord } from './sink-records.ts';
import { createSinkStore, emptyStore } from './sink-store.ts';

const STORE_FAILED = 'Raw rows could not be stored';
const WRITE_MS = 5;

/** Raw rows, dead letters and outcomes on their way from the log to a store of every mood: each is stored, in bounded inserts, before the cursor passes it. */
export async function drillRecordSink(drill: Drill): Promise<void> {
  for (const storeRaw of [true, false]) await drillSink(drill, storeRaw);
}

async function drillSink(drill: Drill, storeRaw: boolean): Promise<void> {
  const { prng, same, settled, scheduler, violations } = drill;
  const process = drill.spawn('shard');
  const { logger, heard } = createHeardLogger();
  // Each of the limits by itself, and both.
  const limited = prng.below(3);
  const rowsPerInsert = limited === 0 ? 1_000 : 4 + prng.below(12);
  const lettersPerInsert = limited === 1 ? 1_000 : 3 + prng.below(8);
  const intervalMs = 100;
  const logs: SinkRecord[][] = Array.from({ length: 1 + prng.below(2) }, () => []);
  const applied = logs.map(() => 0);
  const forgotten = logs.map(() => 0);
  const found = emptyStore();
  const attempts: number[] = [];
  let failing = false;
  let putOff = false;
  let looks = 0;
  let closed = 0;
  /** What was read since the last write, as far as it is to be stored, and where it stood. */
  let gathered = { rows: 0, letters: 0, unread: 0, complete: false };
  let storedAtMs = Number.NaN;
  let lookedAt = -1;
  const isFull = () => gathered.rows >= rowsPerInsert || gathered.letters >= lettersPerInsert;
  const waiters = createOffsetWaiters((partition) => applied[partition]!);

  const note = ({ raw, letters, outcomes }: SinkRecord) => {
    if (storeRaw) gathered.rows += raw.size;
    gathered.letters += letters.size + outcomes.size;
  };
  /** The sink looks for something to store. */
  function look(isFirst: boolean): void {
    if (isFirst) {
      const pauseMs = scheduler.nowMs - storedAtMs;
      // What is full is followed by more; NaN: nothing was written.
      const isInTime = Number.isNaN(pauseMs) || (isFull() ? pauseMs < 1 : pauseMs >= intervalMs - 1);
      violations.expect(isInTime, 'only what is full has no pause after it', () => `${pauseMs}`);
      const isStored = !isFull() || !Number.isNaN(storedAtMs);
      violations.expect(isStored, 'an insert is full at its limit', () => JSON.stringify(gathered));
      storedAtMs = Number.NaN;
      gathered = { rows: 0, letters: 0, unread: 0, complete: false };
    }
    looks += 1;
    violations.expect(!putOff, 'what can wait does', () => 'the sink reads');
    violations.expect(scheduler.steps > lookedAt, 'others have a turn between two looks', () => `${lookedAt}`);
    lookedAt = scheduler.steps;
  }

  const stateOf = (partition: number) => ({
    get appliedOffset() {
      return applied[partition];
    },
    exceptions(before: number, from?: number) {
      if (from === undefined && partition === 0) look(true);
      const start = Math.max(from ?? 0, forgotten[partition]!);
      const told = logs[partition]!.slice(start, Math.min(before, applied[partition]!)).flatMap(
        ({ exceptions }) => exceptions,
      );
      if (from === undefined) {
        gathered.unread += new Set(told.map(({ offset }) => offset)).size;
        gathered.complete = partition === logs.length - 1;
      }
      return told;
    },
    forgetExceptions(before: number) {
      for (const what of ['letters', 'outcomes', 'raw'] as const) {
        if (what === 'raw' && !storeRaw) continue;
        const wanted = logs[partition]!.slice(forgotten[partition], before).flatMap((record) => [
          ...record[what].keys(),
        ]);
        const missing = wanted.filter((key) => !found[what].has(key));
        same('a cursor does not pass what is not stored', missing, []);
      }
      same('a cursor goes ahead', before >= forgotten[partition]! && before <= applied[partition]!, true);
      forgotten[partition] = before;
    },
  });
  const runtimes = new Map(
    logs.map((_, partition) => [
      partition,
      { partition, sinkCursor: 0, state: stateOf(partition) } as unknown as PartitionRuntime,
    ]),
  );

  const log = {
    incarnation: '0191a2b3c4d50031',
    async openReader(positions: ReadonlyMap<number, number>) {
      same(
        'reading begins at the cursors',
        [...positions],
        [...runtimes].map(([partition]) => [partition, 0]),
      );
      const at = logs.map(() => 0);
      const shared = new Uint8Array(100_000);
      let wasOver = true;
      return {
        async poll({ waitMs }: { readonly waitMs?: number }) {
          look(wasOver || isFull());
          same('the sink does not wait for the log', waitMs, 0);
          shared.fill(0xaa);
          const entries: unknown[] = [];
          const corruptions: unknown[] = [];
          let used = 0;
          for (let left = 1 + prng.below(3); left > 0; left--) {
            const partition = prng.below(logs.length);
            const record = logs[partition]![at[partition]!];
            if (record === undefined) continue;
            const isBroken = record.bytes === undefined;
            if (isBroken ? entries.length > 0 : corruptions.length > 0) break;
            const where = { partition, offset: at[partition]! };
            at[partition]! += 1;
            note(record);
            if (record.bytes === undefined) corruptions.push({ ...where, reason: 'x' });
            else {
              shared.set(record.bytes, used);
              entries.push({ ...where, bytes: shared.subarray(used, used + record.bytes.length) });
              used += record.bytes.length;
            }
          }
          wasOver = entries.length + corruptions.length === 0;
          gathered.complete = wasOver;
          return { entries, corruptions };
        },
        close: async () => undefined,
        async [Symbol.asyncDispose]() {
          closed += 1;
        },
      };
    },
    async readAt(partition: number, offset: number) {
      await process.sleep(1);
      violations.expect(!isFull(), 'an insert is full at its limit', () => JSON.stringify(gathered));
      gathered.unread -= 1;
      note(logs[partition]![offset]!);
      return logs[partition]![offset]!.bytes;
    },
  };
  async function write(rows: number, keep: () => void): Promise<void> {
    attempts.push(scheduler.nowMs);
    violations.expect(rows > 0, 'nothing is not written', () => `${rows}`);
    violations.expect(
      isFull() || (gathered.complete && gathered.unread === 0),
      'an insert is written when it is full or nothing more is there',
      () => JSON.stringify(gathered),
    );
    await process.sleep(WRITE_MS);
    if (failing) throw new Error('away');
    keep();
    storedAtMs = scheduler.nowMs;
  }
  const analytics = createSinkStore(found, { incarnation: log.incarnation, same, write });
  const sink = createRecordSink(
    {
      log: log as never,
      analytics,
      runtimes,
      waiters,
      logger,
      runtime: process,
      putsOff: () => putOff,
    },
    { storeRaw, intervalMs, rowsPerInsert, lettersPerInsert, retry: { delaysMs: RETRY_DELAYS_MS } },
  );

  function append(partition: number, wanted: (record: SinkRecord) => boolean = () => true): void {
    const records = logs[partition]!;
    for (;;) {
      const record = drawSinkRecord(prng, partition, records.length);
      if (!wanted(record)) continue;
      records.push(record);
      return;
    }
  }
  function apply(): void {
    logs.forEach((records, partition) => {
      applied[partition] = Math.min(records.length, applied[partition]! + prng.below(3));
      waiters.advanced(partition, applied[partition]!);
    });
  }
  const isDone = () => logs.every((records, partition) => runtimes.get(partition)!.sinkCursor === records.length);
  async function rest(): Promise<void> {
    for (let i = 0; i < 400 && !isDone(); i++) {
      apply();
      await settled(process.sleep(20));
    }
    same(
      'everything is stored at last',
      [...runtimes.values()].map(({ sinkCursor }) => sinkCursor),
      logs.map((l) => l.length),
    );
    for (const what of ['letters', 'outcomes', 'raw'] as const) {
      const wanted = new Map<string, string>();
      if (what !== 'raw' || storeRaw)
        for (const record of logs.flat()) {
          for (const [key, content] of record[what]) {
            const before = wanted.get(key);
            if (before === undefined || JSON.parse(before)[0] <= JSON.parse(content)[0] || what !== 'outcomes')
              wanted.set(key, content);
          }
        }
      same(`${what} are what the log says`, [...found[what]].sort(), [...wanted].sort());
    }
  }
  const hasSomething = ({ raw, letters, outcomes }: SinkRecord) =>
    (storeRaw ? raw.size : 0) + letters.size + outcomes.size > 0;

  const stop = new AbortController();
  let over = false;
  const end = () => {
    over = true;
  };
  // Who waits for a record when it is stopped is told why.
  const run = sink.run(stop.signal).then(end, (error: unknown) => {
    violations.expect(error === stop.signal.reason, 'the sink does not give up', () => String(error));
    end();
  });
  const outagesBefore = prng.below(2);
  if (outagesBefore === 1) await drillOutage(1);
  for (let i = 0; i < 12; i++) {
    for (let more = prng.below(12); more > 0; more--) append(prng.below(logs.length));
    apply();
    await settled(process.sleep(prng.below(80)));
  }
  await rest();
  for (let outages = 1; outages <= 2; outages++) await drillOutage(outagesBefore + outages);
  await drillPause();
  await drillEnd();

  /** The store is away for a while: the sink tries again and again, slower and slower. */
  async function drillOutage(number: number): Promise<void> {
    failing = true;
    append(0, hasSomething);
    const from = attempts.length;
    const beganMs = scheduler.nowMs;
    while (scheduler.nowMs < beganMs + 35_000) {
      apply();
      await settled(process.sleep(500));
    }
    const gaps = attempts.slice(from).map((at, i, all) => Math.round(at - (all[i - 1] ?? at)) - WRITE_MS);
    const wanted = [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000];
    same('pauses double up to ten seconds', gaps.slice(1, 9), wanted);
    same('a store that is away is said once', heard.get(STORE_FAILED), number);
    failing = false;
    await settled(process.sleep(10_000));
    await rest();
  }

  /** Nothing is stored while it is put off, and little is asked while there is nothing. */
  async function drillPause(): Promise<void> {
    putOff = true;
    storedAtMs = Number.NaN;
    await settled(process.sleep(2 * intervalMs));
    append(0, hasSomething);
    const before = attempts.length;
    await settled(process.sleep(6 * intervalMs));
    same('what is put off is not stored', attempts.length, before);
    putOff = false;
    await rest();
    await settled(process.sleep(2 * intervalMs));
    const from = looks;
    await settled(process.sleep(10 * intervalMs));
    same('the sink looks once an interval', Math.abs(looks - from - 10) <= 1, true);
  }

  async function drillEnd(): Promise<void> {
    failing = prng.chance(0.5);
    append(0, hasSomething);
    for (let i = 0; i < 5; i++) {
      apply();
      await settled(process.sleep(intervalMs));
    }
    stop.abort(new Error('enough'));
    await settled(process.sleep(2 * WRITE_MS));
    same('a sink that is stopped has ended', [over, closed], [true, storeRaw ? 1 : 0]);
    await settled(run);
    const [before, asked] = [attempts.length, looks];
    failing = false;
    append(0, hasSomething);
    apply();
    await settled(process.sleep(20 * intervalMs));
    same('and stores no more', [attempts.length, looks], [before, asked]);
  }
}
