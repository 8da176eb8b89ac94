import type { Log } from '@isotherm/log';
import { drillBufferPool } from './buffer-pool-drill.ts';
import { type Drill, idOf } from './drill.ts';
import { createLogLab, type LabCounts, type LogLab } from './log-lab.ts';

/** A log from its first moment to its last: empty, read while it is closed, and fenced by a disk that fails. */
export async function drillLogLife(drill: Drill): Promise<void> {
  drillBufferPool(drill);
  await drillNewLog(drill);
  await drillClosing(drill);
  await drillClosingLater(drill);
  await drillFailingAppend(drill);
  await drillFailingTrim(drill);
}

/** A new log says so wherever it is asked. */
async function drillNewLog(drill: Drill): Promise<void> {
  const { settled, same } = drill;
  const lab = createLogLab(drill);
  const log = await settled(lab.write());
  const everywhere = new Map(lab.records.map((_, partition) => [partition, 0]));
  for (const one of [log, lab.read()]) {
    const facts = [one.incarnation, one.partitionCount, (one.flushState === undefined) !== (one === log)];
    same('a log knows what it is', facts, [lab.incarnation, lab.partitionCount, true]);
    same(
      'a new log is empty',
      await settled(one.extents()),
      lab.records.map(() => ({ start: 0, end: 0, weight: 0 })),
    );
    same('a new log takes no space', await settled(one.sizeBytes()), 0);
    same('a new log has no record', await settled(one.readAt(lab.partitionCount - 1, 0)), undefined);
    const reader = await settled(one.openReader(everywhere));
    same('a new log has nothing to read', (await settled(reader.poll({ maxBytes: 1, waitMs: 0 }))).entries, []);
    await settled(reader.close());
  }
  same('nothing of a new log can be dropped', await drill.errorOf(() => log.trim(everywhere)), '');
  await settled(log.close());
}

/** Who closes a log waits for what was taken, ends its readers and gives back what it had, once. */
async function drillClosing(drill: Drill): Promise<void> {
  const { settled, same } = drill;
  const lab = createLogLab(drill);
  const log = await settled(lab.write());
  const reader = await settled(log.openReader(new Map([[0, 0]])));
  const gone = await settled(log.openReader(new Map([[0, 0]])));
  await settled(gone.close());
  const waiting = reader.poll({ maxBytes: 1 });
  const taken = [log.append([record(1)]), log.append([record(2)])].map((append) => append.then(() => '', idOf));
  const trimming = log.trim(new Map()).then(() => '', idOf);
  const closing = log.close();
  const late = log.append([record(3)]).then(() => '', idOf);
  same('what was taken is kept, and nothing after', await settled(Promise.all([...taken, late])), [
    '',
    '',
    'LOG_CLOSED',
  ]);
  same('a log that is closed drops nothing', await settled(trimming), 'LOG_CLOSED');
  await settled(closing);
  await settled(log.close());
  same('who closes a log ends its readers', (await settled(waiting)).entries.length <= 1, true);
  const refused = [
    () => reader.poll({ maxBytes: 1 }),
    () => log.append([]),
    () => log.extents(),
    () => log.openReader(new Map()),
    () => log.readAt(0, 0),
    () => log.trim(new Map()),
    () => log.sizeBytes(),
  ];
  for (const call of refused) same('closed is closed', await drill.errorOf(call), 'LOG_CLOSED');
  checkGivenBack(drill, lab.counts, 1);
  const reading = lab.read();
  await settled(reading.openReader(new Map([[0, 0]])));
  await settled(reading.close());
  same('who reads gives back what it had', [lab.counts.storesClosed, lab.counts.flushesClosed], [2, 2]);
}

/** What is under way when a log is closed comes to its end before its disk is let go of. */
async function drillClosingLater(drill: Drill): Promise<void> {
  const { settled, same, prng } = drill;
  const lab = createLogLab(drill);
  const done: string[] = [];
  const log = await settled(
    lab.write({
      over: (store) => ({
        ...store,
        putCommit: (sequence, bytes) => store.putCommit(sequence, bytes).then(() => void done.push('kept')),
        dropCommits: (from, to) => store.dropCommits(from, to).then(() => void done.push('dropped')),
        close: async () => {
          await store.close();
          done.push('closed');
        },
      }),
    }),
  );
  const COMMITS = 200;
  for (let i = 0; i < COMMITS; i++) await settled(log.append([record(i)]));
  done.length = 0;
  const trims = prng.chance(0.5);
  const underWay: Promise<unknown> = trims ? log.trim(new Map([[0, COMMITS]])) : log.append([record(1)]);
  await settled(Promise.resolve());
  await settled(Promise.resolve(log[Symbol.asyncDispose]()));
  same('who closes a log waits for it', done, trims ? ['dropped', 'dropped', 'dropped', 'closed'] : ['kept', 'closed']);
  await settled(underWay);
  checkGivenBack(drill, lab.counts, 1);
}

/** A commit that fails is never acked, nor is any behind it; what was synced before is. */
async function drillFailingAppend(drill: Drill): Promise<void> {
  const { prng, settled, same } = drill;
  const lab = createLogLab(drill);
  const failing = prng.below(4);
  const fenced: Error[] = [];
  const log = await settled(
    lab.write({
      onFenced: (error) => fenced.push(error),
      over: (store) => ({
        ...store,
        putCommit: (sequence, bytes) =>
          sequence < failing ? store.putCommit(sequence, bytes) : Promise.reject(new Error('EIO')),
      }),
    }),
  );
  for (let i = 0; i < failing; i++) await settled(log.append([record(i)]));
  const behind = [log.append([record(8)]), log.append([record(9)])].map((append) => append.then(() => '', idOf));
  const closing = prng.chance(0.5) ? log.close() : undefined;
  same('what is not synced is not acked', await settled(Promise.all(behind)), ['LOG_FENCED', 'LOG_FENCED']);
  if (closing !== undefined) return settled(closing);
  await checkFenced(drill, lab, log, { records: failing, told: fenced });
}

/** A trim that fails fences the log: its disk cannot be trusted. */
async function drillFailingTrim(drill: Drill): Promise<void> {
  const { settled, same } = drill;
  const lab = createLogLab(drill);
  const fenced: Error[] = [];
  const log = await settled(
    lab.write({
      onFenced: (error) => fenced.push(error),
      over: (store) => ({ ...store, dropIndexBefore: () => Promise.reject(new Error('EIO')) }),
    }),
  );
  const COMMITS = 70;
  for (let i = 0; i < COMMITS; i++) await settled(log.append([record(i)]));
  const failed = await drill.errorOf(() => log.trim(new Map([[0, COMMITS]])));
  same('a trim that fails says so', failed, 'Error: EIO');
  await checkFenced(drill, lab, log, { records: COMMITS, told: fenced });
}

async function checkFenced(
  drill: Drill,
  lab: LogLab,
  log: Log,
  { records, told }: { readonly records: number; readonly told: readonly Error[] },
): Promise<void> {
  const { settled, same } = drill;
  same('a fenced log takes nothing', await drill.errorOf(() => log.append([record(0)])), 'LOG_FENCED');
  same('a log is fenced once', told.map(idOf), ['LOG_FENCED']);
  same('a fenced log is read as far as it was synced', (await settled(log.extents()))[0]?.end, records);
  await settled(log.close());
  checkGivenBack(drill, lab.counts, 1);
}

function checkGivenBack(drill: Drill, counts: LabCounts, times: number): void {
  const found = [counts.released, counts.storesClosed, counts.flushesClosed];
  drill.same('who closes a log gives back what it had', found, [times, times, times]);
}

function record(number: number): { readonly partition: number; readonly bytes: Uint8Array } {
  return { partition: 0, bytes: Uint8Array.of(number) };
}
