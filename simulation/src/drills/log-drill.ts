import type { Log, LogAppend, LogReader } from '@isotherm/log';
import { baseWeights, readCommitFormat, readIndexFormat, spaceOf } from './commit-format.ts';
import { type Drill, idOf } from './drill.ts';
import { createLogLab, drain, type LogLab } from './log-lab.ts';

/** Index entries come every so many commits: part of the format, since trimming and searching depend on it. */
const COMMITS_PER_INDEX = 64;

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
  drill.same('who closes a log gives back the right to write', lab.released, 1);
  drill.same('a closed log says so', await drill.errorOf(() => first.append([])), 'LOG_CLOSED');
  // A crash between the two steps of a trim leaves commits that no index entry leads to.
  if (prng.chance(0.5)) lab.disk.index.drop(0, start + 1);
  const begin = lab.disk.index.first() ?? 0;
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

/** Every commit and index entry on the disk is as documented and holds what was handed over. */
function checkStored(drill: Drill, { disk, groups, partitionCount }: LogLab): void {
  const next = new Array<number>(partitionCount).fill(0);
  const weight = new Array<number>(partitionCount).fill(0);
  let bytesBefore = 0;
  groups.forEach((group, sequence) => {
    const entry = disk.index.get(sequence);
    const wanted =
      sequence % COMMITS_PER_INDEX === 0 ? { bytes: bytesBefore, next: [...next], weight: [...weight] } : 0;
    if (sequence >= (disk.index.first() ?? 0)) {
      const found = entry === undefined ? 0 : readIndexFormat(entry);
      drill.same('index entries say where partitions stand', found, wanted);
    }
    const commit = disk.commits.get(sequence);
    if (commit !== undefined) {
      const format = readCommitFormat(commit, sequence);
      drill.same('a commit knows the space before it', format.bytesBefore, bytesBefore);
      for (const [partition, base] of baseWeights(commit)) drill.same('base weight', base, weight[partition]);
      drill.same(
        'a commit holds its group',
        format.records.map((r) => [r.partition, r.weight, Buffer.from(commit.subarray(r.from, r.to)).toString('hex')]),
        group.map((r) => [r.partition, r.weight ?? 0, Buffer.from(r.bytes).toString('hex')]),
      );
      for (const { partition, offset } of format.records) drill.same('offset', offset, next[partition]!++);
      for (const { partition, weight: more } of format.records) weight[partition]! += more;
    } else {
      for (const { partition, weight: more = 0 } of group) {
        next[partition]! += 1;
        weight[partition]! += more;
      }
    }
    bytesBefore += spaceOf(valueBytes(group));
  });
}

/** Size of a group's commit by the documented layout. */
function valueBytes(group: readonly LogAppend[]): number {
  const partitions = new Set(group.map(({ partition }) => partition)).size;
  const payload = group.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return 40 + 64 * partitions + 16 * group.length + payload + 32;
}

/** Extents, size, single records and readers, for a log that begins with a commit. */
async function checkAnswers(drill: Drill, lab: LogLab, log: Log, start: number): Promise<void> {
  const { prng, settled, same } = drill;
  const starts = startsOf(lab, start);
  same(
    'extents are what is kept',
    await settled(log.extents()),
    lab.records.map((records, partition) => ({
      start: starts[partition],
      end: records.length,
      weight: records.reduce((sum, { weight }) => sum + weight, 0),
    })),
  );
  const size = lab.groups.slice(start).reduce((sum, group) => sum + spaceOf(valueBytes(group)), 0);
  same('the log knows its size', await settled(log.sizeBytes()), size);
  for (let i = 0; i < 12; i++) {
    const partition = prng.below(lab.partitionCount);
    const records = lab.records[partition]!;
    const offset = prng.pick([
      prng.below(records.length + 1),
      starts[partition]!,
      starts[partition]! - 1,
      records.length - 1,
    ]);
    if (offset < 0) continue;
    const wanted = offset >= starts[partition]! ? records[offset]?.bytes : undefined;
    const found = await settled(log.readAt(partition, offset));
    same(
      'one record can be read',
      found && Buffer.from(found).toString('hex'),
      wanted && Buffer.from(wanted).toString('hex'),
    );
  }
  for (let i = 0; i < 5; i++) {
    const positions = new Map<number, number>();
    lab.records.forEach((records, partition) => {
      const from = starts[partition]!;
      const kept = records.length - from;
      if (prng.chance(0.7)) positions.set(partition, from + prng.pick([0, kept, prng.below(kept + 1)]));
    });
    const reader = await settled(log.openReader(positions));
    const { entries, corrupt } = await drain(drill, reader, positions, prng.pick([1, 500, 1 << 20]));
    same('a sound log has no corruption', corrupt, []);
    checkEntries(drill, lab, entries, positions);
    await settled(reader.close());
    same('a closed reader says so', await drill.errorOf(() => reader.poll({ maxBytes: 1 })), 'LOG_CLOSED');
  }
  for (const [partition, { length }] of lab.records.entries()) {
    const open = (offset: number) => drill.errorOf(() => log.openReader(new Map([[partition, offset]])));
    same('nobody reads from beyond the end', await open(length + 1), 'LOG_BEYOND_END');
    if (starts[partition]! > 0) same('nobody reads what is gone', await open(starts[partition]! - 1), 'LOG_TRUNCATED');
  }
}

/** First offset kept of each partition when the log begins with a commit. */
function startsOf(lab: LogLab, start: number): number[] {
  return lab.records.map((records) => records.filter(({ commit }) => commit < start).length);
}

function checkEntries(
  drill: Drill,
  lab: LogLab,
  entries: ReadonlyMap<string, Uint8Array>,
  positions: ReadonlyMap<number, number>,
): void {
  let wanted = 0;
  for (const [partition, from] of positions) {
    lab.records[partition]!.forEach(({ bytes }, offset) => {
      if (offset < from) return;
      wanted += 1;
      const found = entries.get(`${partition}/${offset}`);
      const equal = found !== undefined && Buffer.compare(found, bytes) === 0;
      drill.violations.expect(equal, 'readers get every record as it was written', () => `${partition}/${offset}`);
    });
  }
  drill.same('readers get what they ask for', entries.size, wanted);
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
  const waitMs = 1 + prng.below(4_000);
  const empty = reader.poll({ maxBytes: 1_000, waitMs });
  same('a reader has one consumer', await drill.errorOf(() => reader.poll({ maxBytes: 1, waitMs: 0 })), 'LOG_MISUSE');
  same('nothing comes of nothing', (await settled(empty)).entries.length, 0);
  const waited = scheduler.nowMs - beganMs;
  drill.violations.expect(
    waited >= waitMs && waited < waitMs + 50,
    'a reader waits so long',
    () => `${waited}, ${waitMs}`,
  );
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

/** Trims at random: the log begins at the last index entry that lets go of nothing needed. @returns that commit. */
async function drillTrim(drill: Drill, lab: LogLab, log: Log, lazy: LogReader): Promise<number> {
  const { prng, settled, same } = drill;
  const all = new Map(lab.records.map((_, partition) => [partition, 0]));
  const behind = await settled(log.openReader(all));
  const ahead = new Map(lab.records.map(({ length }, partition) => [partition, length]));
  const level = await settled(log.openReader(ahead));
  let start = 0;
  for (let round = 0; round < 3; round++) {
    const keepFrom = new Map<number, number>();
    lab.records.forEach(({ length }, partition) => {
      if (prng.chance(0.9)) keepFrom.set(partition, Math.floor(length * Math.sqrt(prng.float())));
    });
    for (let at = start; at < lab.groups.length; at += COMMITS_PER_INDEX) {
      const needed = startsOf(lab, at).some(
        (from, partition) => from > (keepFrom.get(partition) ?? startsOf(lab, start)[partition]!),
      );
      if (needed) break;
      start = at;
    }
    await settled(log.trim(keepFrom));
    same('a trim frees what nobody needs', [lab.disk.commits.first(), lab.disk.index.first()], [start, start]);
    same('a trim keeps the rest', lab.disk.commits.last(), lab.groups.length - 1);
  }
  const begins = startsOf(lab, start);
  await checkLazy(drill, lab, lazy, start);
  if (begins.some((from) => from > 0)) {
    same(
      'a reader learns that what it needs is gone',
      await drill.errorOf(() => behind.poll({ maxBytes: 1 << 20 })),
      'LOG_TRUNCATED',
    );
  }
  const group = lab.drawGroup();
  lab.kept(group);
  await settled(log.append(group));
  const { entries } = await drain(drill, level, ahead, 1 << 20);
  same('a reader that needs nothing of it goes on', entries.size, group.length);
  await settled(behind.close());
  await settled(level.close());
  return start;
}

/** A reader far behind goes on where the log begins now, if nothing that it is due was trimmed. */
async function checkLazy(drill: Drill, lab: LogLab, lazy: LogReader, start: number): Promise<void> {
  const partition = lab.partitionCount - 1;
  if (startsOf(lab, start)[partition]! > 0) {
    drill.same('what is due and gone is told', await drill.errorOf(() => lazy.poll({ maxBytes: 1 })), 'LOG_TRUNCATED');
  } else {
    const positions = new Map([[partition, 0]]);
    const { entries } = await drain(drill, lazy, positions, 1 << 20);
    checkEntries(drill, lab, entries, positions);
  }
  await drill.settled(lazy.close());
}

/** The limit holds for a log's first commit, too. */
async function drillNewLog(drill: Drill): Promise<void> {
  const log = await drill.settled(createLogLab(drill).write({ maxBytes: 1_000 }));
  const large = [{ partition: 0, bytes: new Uint8Array(1_000) }];
  drill.same('a new log takes no more than others', await drill.errorOf(() => log.append(large)), 'LOG_FULL');
  await drill.settled(log.close());
}

/** What a trim frees can be written again, to the byte. */
async function drillFreed(drill: Drill, lab: LogLab): Promise<void> {
  const { settled } = drill;
  const space = (groups: readonly (readonly LogAppend[])[]) =>
    groups.reduce((sum, g) => sum + spaceOf(valueBytes(g)), 0);
  const begin = lab.disk.index.first()!;
  const group = lab.drawGroup();
  const log = await settled(lab.write({ maxBytes: space(lab.groups.slice(begin)) }));
  drill.same('a full log is full', await drill.errorOf(() => log.append(group)), 'LOG_FULL');
  await settled(log.trim(new Map(lab.records.map(({ length }, partition) => [partition, length]))));
  const freed = space(lab.groups.slice(begin, lab.disk.index.first()));
  const fits = space([group]) <= freed;
  drill.same('what was freed can be written', await drill.errorOf(() => log.append(group)), fits ? '' : 'LOG_FULL');
  if (fits) lab.kept(group);
  await settled(log.close());
}

/** The disk's floor is asked about everything that is on its way. */
async function drillFloor(drill: Drill, lab: LogLab): Promise<void> {
  const { settled, same } = drill;
  const asked: number[] = [];
  let trims = 0;
  let refuses = false;
  const log = await settled(
    lab.write({
      floor: {
        check(bytes) {
          asked.push(bytes);
          if (refuses) throw Object.assign(new Error('low'), { id: 'LOG_DISK_LOW' });
        },
        checkTrim() {
          trims += 1;
        },
      },
    }),
  );
  const groups = [lab.drawGroup(), lab.drawGroup()];
  const appends = groups.map((group) => log.append(group));
  for (const group of groups) lab.kept(group);
  await settled(Promise.all(appends));
  const [first, second] = [valueBytes(groups[0]!), valueBytes(groups[1]!)];
  same('the floor is asked about all that is on its way', asked, [spaceOf(first), first + spaceOf(second)]);
  refuses = true;
  same('what the floor refuses is refused', await drill.errorOf(() => log.append(groups[0]!)), 'LOG_DISK_LOW');
  await settled(log.trim(new Map()));
  same('the floor is asked before a trim', trims, 1);
  await settled(log.close());
}

/** What does not fit is refused, and what fits is taken, to the byte. */
async function drillLimits(drill: Drill, lab: LogLab): Promise<void> {
  const { prng, settled } = drill;
  const begin = lab.disk.index.first();
  if (begin === undefined) return;
  const space = (from: number) => lab.groups.slice(from).reduce((sum, group) => sum + spaceOf(valueBytes(group)), 0);
  const groups = Array.from({ length: 6 }, () => lab.drawGroup());
  const fits = prng.below(5);
  const total = groups.slice(0, fits + 1).reduce((sum, group) => sum + spaceOf(valueBytes(group)), space(begin));
  const full = await settled(lab.write({ maxBytes: total }));
  for (const [i, group] of groups.entries()) {
    if (i > fits + 1) break;
    const failed = await drill.errorOf(() => full.append(group));
    drill.same('a log takes what fits, to the byte', failed, i <= fits ? '' : 'LOG_FULL');
    if (failed === '') lab.kept(group);
  }
  await settled(full.close());
  await drillNewLog(drill);
  await drillFreed(drill, lab);
  await drillFloor(drill, lab);
  const pending = groups.slice(0, fits + 1).reduce((sum, group) => sum + valueBytes(group), 0);
  const busy = await settled(lab.write({ maxPendingBytes: pending }));
  const appends = groups.slice(0, fits + 2).map((group) => busy.append(group).then(() => '', idOf));
  for (const group of groups.slice(0, fits + 1)) lab.kept(group);
  const failed = await settled(Promise.all(appends));
  drill.same('so much may wait for the disk, to the byte', failed, [
    ...groups.slice(0, fits + 1).map(() => ''),
    'LOG_BUSY',
  ]);
  const tiny = groups[0]!;
  const again = await drill.errorOf(() => busy.append(tiny));
  lab.kept(tiny);
  drill.same('a log that has written everything takes more', again, '');
  await settled(busy.close());
  const small = await settled(lab.write({ maxPendingBytes: 1 }));
  lab.kept(tiny);
  const closing = small.append(tiny);
  await settled(small.close());
  drill.same('closing waits for what was taken', (await settled(closing)).offsets.length, tiny.length);
}
