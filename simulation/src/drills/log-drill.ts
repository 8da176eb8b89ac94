import type { Log, LogAppend } from '@isotherm/log';
import type { Drill } from './drill.ts';
import { checkAnswers, checkEntries, checkStored } from './log-checks.ts';
import { createLogLab, drain, type LogLab } from './log-lab.ts';
import { drillLimits } from './log-limits-drill.ts';
import { drillTrim } from './log-trim-drill.ts';

/** A sound log: written in bursts, read from everywhere, trimmed, closed and opened again. */
export async function drillLog(drill: Drill): Promise<LogLab> {
  const { prng, settled } = drill;
  const lab = createLogLab(drill);
  const first = await settled(lab.write());
  const positions = new Map(lab.records.map((_, partition) => [partition, 0]));
  const early = await settled(first.openReader(positions));
  const lazy = await settled(first.openReader(new Map([[lab.partitionCount - 1, 0]])));
  await fill(drill, lab, first, 70 + prng.below(200));
  checkStored(drill, lab);
  await checkAnswers(drill, lab, first, 0);
  const read = await drain(drill, early, positions, 1 + prng.below(4_000));
  checkEntries(drill, lab, read.entries, positions);
  await checkMisuse(drill, lab, first);
  await checkWaiting(drill, lab, first);
  await settled(early.close());
  const start = await drillTrim(drill, lab, first, lazy);
  await checkAnswers(drill, lab, lab.read(), start);
  await settled(first.close());
  drill.same('who closes a log gives back the right to write', lab.counts.released, 1);
  drill.same('a closed log says so', await drill.errorOf(() => first.append([])), 'LOG_CLOSED');
  // A crash between the two steps of a trim leaves commits that no index entry leads to.
  if (prng.chance(0.5)) lab.disk.index.drop(0, start + 1);
  const begin = lab.disk.index.first() ?? 0;
  // Some of these are gone already, in steps of any size.
  const [from = 0] = [lab.disk.commits.first()];
  if (begin > from && prng.chance(0.5)) lab.disk.commits.drop(from, from + prng.below(begin - from + 1));
  const second = await settled(lab.write());
  if (lab.disk.index.first() !== undefined) {
    drill.same('what is before the log’s beginning is dropped at the next start', lab.disk.commits.first(), begin);
    await fill(drill, lab, second, 1 + prng.below(80));
    checkStored(drill, lab);
    await checkAnswers(drill, lab, second, begin);
  }
  await settled(second.close());
  await drillLimits(drill, lab);
  return lab;
}

async function fill(drill: Drill, lab: LogLab, log: Log, commits: number): Promise<void> {
  const { prng } = drill;
  for (let left = commits; left > 0; ) {
    const burst: Promise<unknown>[] = [];
    for (let size = Math.min(left, 1 + prng.below(60)); size > 0; size--, left--) {
      const group = lab.drawGroup();
      const offsets = offsetsOf(lab, group);
      lab.kept(group);
      burst.push(log.append(group).then((result) => drill.same('offsets follow one another', result.offsets, offsets)));
    }
    await drill.settled(Promise.all(burst));
  }
  drill.same('an empty group is kept at once', (await drill.settled(log.append([]))).offsets, []);
}

function offsetsOf(lab: LogLab, group: readonly LogAppend[]): number[] {
  const next = lab.records.map(({ length }) => length);
  return group.map(({ partition }) => next[partition]!++);
}

async function checkMisuse(drill: Drill, lab: LogLab, log: Log): Promise<void> {
  const bytes = new Uint8Array(3);
  const { partitionCount } = lab;
  const append = (record: LogAppend) => drill.errorOf(() => log.append([record]));
  const open = (partition: number, offset: number) =>
    drill.errorOf(() => log.openReader(new Map([[partition, offset]])));
  const refused = [
    await append({ partition: partitionCount, bytes }),
    await append({ partition: -1, bytes }),
    await append({ partition: 0.5, bytes }),
    await append({ partition: 0, bytes, weight: -1 }),
    await append({ partition: 0, bytes, weight: 0.5 }),
    await append({ partition: 0, bytes, weight: 2 ** 32 }),
    await open(partitionCount, 0),
    await open(0, -1),
    await open(0, 0.5),
    await drill.errorOf(() => log.readAt(partitionCount, 0)),
    await drill.errorOf(() => lab.read().append([{ partition: 0, bytes }])),
    await drill.errorOf(() => lab.read().trim(new Map())),
  ];
  drill.same(
    'what makes no sense is refused',
    refused.filter((id) => id !== 'LOG_MISUSE'),
    [],
  );
  const group = [{ partition: partitionCount - 1, bytes, weight: 2 ** 32 - 1 }];
  lab.kept(group);
  drill.same('the greatest weight is taken', await append(group[0]!), '');
}

/** A reader waits for what comes, as long as it may, and no longer. */
async function checkWaiting(drill: Drill, lab: LogLab, log: Log): Promise<void> {
  const { prng, settled, scheduler, same } = drill;
  const positions = new Map(lab.records.map(({ length }, partition) => [partition, length]));
  const reader = await settled(log.openReader(positions));
  const beganMs = scheduler.nowMs;
  const waitMs = prng.pick([1, 2, 1_001, 1 + prng.below(4_000)]);
  const heard = countListeners();
  const empty = reader.poll({ maxBytes: 1_000, waitMs, signal: heard.signal });
  same('a reader has one consumer', await drill.errorOf(() => reader.poll({ maxBytes: 1, waitMs: 0 })), 'LOG_MISUSE');
  same('nothing comes of nothing', (await settled(empty)).entries.length, 0);
  const waited = scheduler.nowMs - beganMs;
  drill.violations.expect(
    waited >= waitMs && waited < waitMs + 50,
    'a reader waits so long',
    () => `${waited}, ${waitMs}`,
  );
  same('a poll leaves nobody listening', heard.listeners, 0);
  const stop = new AbortController();
  const stopped = reader.poll({ maxBytes: 1_000, signal: stop.signal });
  const stoppedMs = scheduler.nowMs;
  stop.abort();
  same('an aborted poll is empty', (await settled(stopped)).entries.length, 0);
  const group = lab.drawGroup();
  lab.kept(group);
  const woken = reader.poll({ maxBytes: 1 << 20 });
  await settled(log.append(group));
  same('a waiting reader is woken', (await settled(woken)).entries.length, group.length);
  drill.violations.expect(
    scheduler.nowMs - stoppedMs < 900,
    'a wake-up is no matter of polling',
    () => 'it took a second',
  );
  const last = reader.poll({ maxBytes: 1 });
  const closedMs = scheduler.nowMs;
  await settled(reader.close());
  same('who closes a reader ends its poll', (await settled(last)).entries.length, 0);
  drill.violations.expect(
    scheduler.nowMs - closedMs < 900,
    'closing is no matter of polling',
    () => 'it took a second',
  );
}

/** A signal that knows how many listen to it. */
function countListeners(): { readonly signal: AbortSignal; readonly listeners: number } {
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...args);
  };
  return {
    signal,
    get listeners() {
      return listeners;
    },
  };
}
