import { baseWeights, readCommitFormat, readIndexFormat, spaceOf, valueBytesOf } from './commit-format.ts';
import type { Drill } from './drill.ts';
import { drain, type LabLog, type LogLab } from './log-lab.ts';

/** Index entries come every so many commits: part of the format, since trimming and searching depend on it. */
export const COMMITS_PER_INDEX = 64;

/** Every commit and index entry on the disk is as documented and holds what was handed over. */
export function checkStored(drill: Drill, { disk, groups, partitionCount }: LogLab): void {
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
    bytesBefore += spaceOf(valueBytesOf(group));
  });
}

/** Extents, size, single records and readers, for a log that begins with a commit. */
export async function checkAnswers(drill: Drill, lab: LogLab, log: LabLog, start: number): Promise<void> {
  const { prng, settled, same } = drill;
  const starts = startsOf(lab, start);
  const readsAtFirst = lab.counts.commitReads;
  same(
    'extents are what is kept',
    await settled(log.extents()),
    lab.records.map((records, partition) => ({
      start: starts[partition],
      end: records.length,
      weight: records.reduce((sum, { weight }) => sum + weight, 0),
    })),
  );
  if (log.flushState !== undefined) same('who writes knows the extents', lab.counts.commitReads, readsAtFirst);
  const size = lab.groups.slice(start).reduce((sum, group) => sum + spaceOf(valueBytesOf(group)), 0);
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
    const readsBefore = lab.counts.commitReads;
    const found = await settled(log.readAt(partition, offset));
    const reads = lab.counts.commitReads - readsBefore;
    drill.violations.expect(
      reads <= 2 * COMMITS_PER_INDEX,
      'the index leads to a record',
      () => `${reads} commits read`,
    );
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
    const readsBefore = lab.counts.commitReads;
    const reader = await settled(log.openReader(positions));
    const { entries, corrupt, polls } = await drain(drill, reader, positions, prng.pick([1, 500, 1 << 20]));
    const reads = lab.counts.commitReads - readsBefore;
    const least = lab.groups.length - firstNeeded(lab, positions);
    drill.violations.expect(
      reads <= least + polls + 2 * COMMITS_PER_INDEX,
      'the index leads to where a reader begins',
      () => `${reads} commits read, ${least} needed, in ${polls} polls`,
    );
    same('a sound log has no corruption', corrupt, []);
    checkEntries(drill, lab, entries, positions);
    if (i === 0) {
      // So much that the first few fit to the byte.
      const fits = [...entries.values()].slice(0, 1 + prng.below(5)).reduce((sum, { length }) => sum + length, 0);
      const other = await settled(log.openReader(positions));
      const again = await drain(drill, other, positions, Math.max(1, fits));
      same('whatever the batches, the records are the same', again.entries.size, entries.size);
      await settled(other.close());
    }
    await settled(reader.close());
    same('a closed reader says so', await drill.errorOf(() => reader.poll({ maxBytes: 1 })), 'LOG_CLOSED');
  }
  for (const [partition, { length }] of lab.records.entries()) {
    const open = (offset: number) => drill.errorOf(() => log.openReader(new Map([[partition, offset]])));
    same('nobody reads from beyond the end', await open(length + 1), 'LOG_BEYOND_END');
    if (starts[partition]! > 0) same('nobody reads what is gone', await open(starts[partition]! - 1), 'LOG_TRUNCATED');
  }
}

/** The first commit that a reader of these positions has to see; the number of commits if there is none. */
function firstNeeded({ records, groups }: LogLab, positions: ReadonlyMap<number, number>): number {
  const needed = [...positions].map(([partition, offset]) => records[partition]![offset]?.commit ?? groups.length);
  return Math.min(groups.length, ...needed);
}

/** First offset kept of each partition when the log begins with a commit. */
export function startsOf(lab: LogLab, start: number): number[] {
  return lab.records.map((records) => records.filter(({ commit }) => commit < start).length);
}

/** A reader got every record of its partitions, from where it began. */
export function checkEntries(
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
