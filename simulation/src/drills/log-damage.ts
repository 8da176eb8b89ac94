import { crc32 } from 'node:zlib';
import { readCommitFormat, readIndexFormat, resealCommit, type StoredCommit, spaceOf } from './commit-format.ts';
import type { Drill } from './drill.ts';
import type { LogLab } from './log-lab.ts';

/** What damage leaves of a commit. */
type Left =
  | { readonly kind: 'whole' }
  | { readonly kind: 'without'; readonly record: number }
  | { readonly kind: 'extents' }
  /** `traced`: its size at least is left, which bounds how many records it held. */
  | { readonly kind: 'lost'; readonly traced: boolean };

/** What is left of a log. */
export interface Damaged {
  /** Records that are lost, as `partition/offset`. */
  readonly lost: Set<string>;
  /** Offset after the last record of a partition that something still tells of. */
  readonly ends: number[];
  /** The same, commits included whose size at least is left: no offset below is given again. */
  readonly least: number[];
  /** The commit that the log begins with: the first index entry that is sound, or the first there is. */
  readonly start: number;
  /** Whether any index entry is sound. */
  readonly indexed: boolean;
  /** Space of what is known of it. */
  readonly sizeBytes: number;
  /** Records that lost commits could have held by their sizes, all together. */
  readonly most: number;
}

/** Which commits and index entries are hit. */
export interface DamagePlan {
  readonly commit: (sequence: number) => boolean;
  readonly index: (sequence: number) => boolean;
}

/** Damages a log that begins with an index entry at `from`; its last commit's key is never lost. */
export function damageLog(drill: Drill, lab: LogLab, from: number, plan: DamagePlan): Damaged {
  const { disk } = lab;
  const last = disk.commits.last()!;
  const lost = new Set<string>();
  const ends = new Array<number>(lab.partitionCount).fill(0);
  const least = [...ends];
  let [bytesEnd, most] = [0, 0];
  for (let sequence = from; sequence <= last; sequence++) {
    const bytes = disk.commits.get(sequence)!;
    const format = readCommitFormat(bytes, sequence);
    const left: Left = plan.commit(sequence)
      ? damage(drill, lab, { sequence, bytes, format }, sequence === last)
      : { kind: 'whole' };
    format.records.forEach(({ partition, offset }, record) => {
      if (left.kind !== 'lost' || left.traced) least[partition] = Math.max(least[partition]!, offset + 1);
      if (left.kind !== 'lost') ends[partition] = Math.max(ends[partition]!, offset + 1);
      const gone = left.kind === 'without' ? left.record === record : left.kind !== 'whole';
      if (gone) lost.add(`${partition}/${offset}`);
    });
    if (left.kind === 'lost') most += Math.floor((disk.commits.get(sequence)?.length ?? 0) / 16);
    else bytesEnd = format.bytesBefore + spaceOf(bytes.length);
  }
  let start: number | undefined;
  let bytesStart = 0;
  for (let sequence = disk.index.from(from); sequence !== undefined; sequence = disk.index.from(sequence + 1)) {
    const entry = disk.index.get(sequence)!;
    if (plan.index(sequence)) {
      spoilIndex(drill, lab, sequence, entry);
      continue;
    }
    const { next, bytes } = readIndexFormat(entry);
    if (start === undefined) [start, bytesStart] = [sequence, bytes];
    bytesEnd = Math.max(bytesEnd, bytes);
    next.forEach((end, partition) => {
      ends[partition] = Math.max(ends[partition]!, end);
    });
  }
  return {
    lost,
    ends,
    least: least.map((end, partition) => Math.max(end, ends[partition]!)),
    start: start ?? 0,
    indexed: start !== undefined,
    sizeBytes: bytesEnd - bytesStart,
    most,
  };
}

function flip(drill: Drill, bytes: Uint8Array, from: number, to: number): void {
  const at = from + drill.prng.below(to - from);
  bytes[at] = bytes[at]! ^ (1 << drill.prng.below(8));
}

/** An entry that is torn, has a wrong bit, or is sealed but another one: of other partitions, format or length. */
function spoilIndex(drill: Drill, { disk }: LogLab, sequence: number, entry: Uint8Array): void {
  const how = drill.prng.below(5);
  if (how === 0) flip(drill, entry, 0, entry.length);
  else if (how === 1) disk.index.set(sequence, entry.slice(0, drill.prng.below(entry.length)));
  else {
    const other = how === 2 ? Buffer.concat([entry, new Uint8Array(16)]) : Buffer.from(entry);
    const view = new DataView(other.buffer, other.byteOffset, other.length);
    const at = how === 4 ? 0 : 8;
    view.setUint32(at, view.getUint32(at, true) + 1, true);
    // Whoever believes it goes wrong.
    view.setFloat64(24, view.getFloat64(24, true) + 3, true);
    view.setUint32(4, crc32(other.subarray(8)), true);
    disk.index.set(sequence, Uint8Array.from(other));
  }
}

interface CommitAt {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly format: StoredCommit;
}

function damage(drill: Drill, lab: LogLab, at: CommitAt, isLast: boolean): Left {
  const { prng } = drill;
  const { bytes, format, sequence } = at;
  const filled = format.records.flatMap(({ from, to }, record) => (to > from ? [{ record, from, to }] : []));
  const kind = prng.below(8);
  switch (isLast && kind === 5 ? 4 : kind) {
    case 0: {
      const hit = filled.length === 0 ? undefined : prng.pick(filled);
      if (hit === undefined) return { kind: 'whole' };
      flip(drill, bytes, hit.from, hit.to);
      return { kind: 'without', record: hit.record };
    }
    case 1:
      flip(drill, bytes, format.payloadTo, bytes.length);
      return { kind: 'whole' };
    case 2:
    case 3:
      flip(drill, bytes, 0, format.payloadFrom);
      return { kind: 'extents' };
    case 4:
      spoilBoth(drill, bytes, format.records.length);
      return { kind: 'lost', traced: true };
    case 5:
      lab.disk.commits.drop(sequence, sequence + 1);
      return { kind: 'lost', traced: false };
    case 6:
      lab.disk.commits.set(sequence, bytes.slice(0, prng.chance(0.5) ? prng.below(80) : prng.below(bytes.length)));
      return { kind: 'lost', traced: false };
    default:
      return makeNonsense(drill, lab, at);
  }
}

/** Header and trailer of a commit are damaged: nothing tells any more what it held. */
export function spoilBoth(drill: Drill, bytes: Uint8Array, records: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const partitions = view.getUint32(8, true);
  flip(drill, bytes, 0, 40 + 32 * partitions + 16 * records);
  flip(drill, bytes, bytes.length - 32 * partitions - 32, bytes.length);
}

/** Checksums that are right over what makes no sense: as a faulty writer would leave it. */
function makeNonsense(drill: Drill, { partitionCount }: LogLab, { bytes, format, sequence }: CommitAt): Left {
  const { prng } = drill;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const partitions = view.getUint32(8, true);
  const add = (at: number, more: number) => view.setUint32(at, view.getUint32(at, true) + more, true);
  const entry = 40 + 32 * partitions + 16 * prng.below(format.records.length);
  const trailer = bytes.length - 32;
  const slot = 32 * prng.below(partitions);
  const kind = prng.below(8);
  if (kind === 0) view.setUint32(entry, partitions, true);
  else if (kind === 1) add(entry + 4, 1);
  else if (kind === 2) view.setFloat64(16, sequence + 1, true);
  else if (kind === 3) view.setFloat64(32, view.getFloat64(32, true) + 1, true);
  else if (kind === 7) claimMoreRecords(view);
  else {
    view.setUint32(40 + slot, partitionCount, true);
    if (kind === 4) view.setUint32(format.payloadTo + slot, partitionCount, true);
    else if (kind === 5) view.setFloat64(trailer + 16, sequence + 1, true);
    else add(trailer + 8, 1 + prng.below(1_000));
  }
  resealCommit(bytes, format);
  // Its header, with the records it claims, is sealed as far as there is any of it.
  if (kind === 7) view.setUint32(4, crc32(bytes.subarray(8)), true);
  return kind < 4 || kind === 7 ? { kind: 'extents' } : { kind: 'lost', traced: true };
}

/** More records than the commit has bytes for, at the cost of a payload below nothing. */
function claimMoreRecords(view: DataView): void {
  const more = Math.ceil(view.byteLength / 16);
  view.setUint32(12, view.getUint32(12, true) + more, true);
  view.setFloat64(32, view.getFloat64(32, true) - 16 * more, true);
}
