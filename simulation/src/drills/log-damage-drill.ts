import { crc32 } from 'node:zlib';
import type { Log } from '@isotherm/log';
import { readCommitFormat, readIndexFormat, resealCommit, type StoredCommit } from './commit-format.ts';
import type { Drill } from './drill.ts';
import { drillLog } from './log-drill.ts';
import { drain, type LogLab } from './log-lab.ts';

/** A sound log, then the same one damaged. */
export async function drillLogs(drill: Drill): Promise<void> {
  const lab = await drillLog(drill);
  if (drill.violations.first === undefined) await drillDamagedLog(drill, lab);
}

/** What damage leaves of a commit. */
type Left =
  | { readonly kind: 'whole' }
  | { readonly kind: 'without'; readonly record: number }
  | { readonly kind: 'extents' }
  /** `traced`: its size at least is left, which bounds how many records it held. */
  | { readonly kind: 'lost'; readonly traced: boolean };

interface Damaged {
  readonly lost: Set<string>;
  /** Offset after the last record of a partition that something still tells of. */
  readonly ends: number[];
  /** The same, commits included whose size at least is left: no offset below is given again. */
  readonly least: number[];
}

/**
 * Bits rot in a log: what is lost is reported once, what is not is read as it was, and nothing that looks sound but is
 * not is believed. Then the log is written on: no offset is ever given twice.
 */
async function drillDamagedLog(drill: Drill, lab: LogLab): Promise<void> {
  const { disk } = lab;
  const [first, last, start] = [disk.commits.first(), disk.commits.last(), disk.index.first()];
  if (first === undefined || last === undefined || start === undefined) return;
  const sizeBefore = await drill.settled(lab.read().sizeBytes());
  const damaged = damageAll(drill, lab, start, last);
  await checkReading(drill, lab, damaged, start, sizeBefore);
  const trailing = drill.prng.below(3);
  for (let sequence = last; sequence > last - trailing && sequence > start; sequence--) {
    const bytes = disk.commits.get(sequence);
    const group = lab.groups[sequence];
    if (bytes === undefined || group === undefined) break;
    spoilBoth(drill, bytes, group.length);
    lab.records.forEach((records, partition) => {
      records.forEach(({ commit }, offset) => void (commit === sequence && damaged.lost.add(`${partition}/${offset}`)));
    });
  }
  await checkSuccession(drill, lab, damaged, start);
}

function damageAll(drill: Drill, lab: LogLab, start: number, last: number): Damaged {
  const { prng } = drill;
  const { disk } = lab;
  const lost = new Set<string>();
  const ends = new Array<number>(lab.partitionCount).fill(0);
  const least = [...ends];
  const rate = prng.pick([0.05, 0.2, 0.5]);
  for (let sequence = start; sequence <= last; sequence++) {
    const bytes = disk.commits.get(sequence)!;
    const format = readCommitFormat(bytes, sequence);
    const left: Left = prng.chance(rate)
      ? damage(drill, lab, { sequence, bytes, format }, sequence === last)
      : { kind: 'whole' };
    format.records.forEach(({ partition, offset }, record) => {
      if (left.kind !== 'lost' || left.traced) least[partition] = Math.max(least[partition]!, offset + 1);
      if (left.kind !== 'lost') ends[partition] = Math.max(ends[partition]!, offset + 1);
      const gone = left.kind === 'without' ? left.record === record : left.kind !== 'whole';
      if (gone) lost.add(`${partition}/${offset}`);
    });
  }
  for (let at = start; ; at++) {
    const sequence = disk.index.from(at);
    if (sequence === undefined) break;
    at = sequence;
    const entry = disk.index.get(sequence)!;
    if (sequence > start && prng.chance(0.3)) spoilIndex(drill, lab, sequence, entry);
    else ends.splice(0, ends.length, ...readIndexFormat(entry).next.map((next, p) => Math.max(ends[p]!, next)));
  }
  return { lost, ends, least: least.map((end, partition) => Math.max(end, ends[partition]!)) };
}

function flip(drill: Drill, bytes: Uint8Array, from: number, to: number): void {
  const at = from + drill.prng.below(to - from);
  bytes[at] = bytes[at]! ^ (1 << drill.prng.below(8));
}

/** An entry that is torn, has a wrong bit, or is sound but of another log. */
function spoilIndex(drill: Drill, { disk }: LogLab, sequence: number, entry: Uint8Array): void {
  const how = drill.prng.below(4);
  if (how === 0) flip(drill, entry, 0, entry.length);
  else if (how === 1) disk.index.set(sequence, entry.slice(0, drill.prng.below(entry.length)));
  else {
    const other = how === 2 ? Buffer.concat([entry, new Uint8Array(16)]) : Buffer.from(entry);
    const view = new DataView(other.buffer, other.byteOffset, other.length);
    view.setUint32(how === 2 ? 8 : 0, view.getUint32(how === 2 ? 8 : 0, true) + 1, true);
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
  switch (prng.below(isLast ? 4 : 8)) {
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
      lab.disk.commits.set(sequence, bytes.slice(0, prng.below(bytes.length)));
      return { kind: 'lost', traced: false };
    default:
      return makeNonsense(drill, lab, at);
  }
}

/** Header and trailer of a commit are damaged: nothing tells any more what it held. */
function spoilBoth(drill: Drill, bytes: Uint8Array, records: number): void {
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
  const kind = prng.below(7);
  if (kind === 0) view.setUint32(entry, partitions, true);
  else if (kind === 1) add(entry + 4, 1);
  else if (kind === 2) view.setFloat64(16, sequence + 1, true);
  else if (kind === 3) view.setFloat64(32, view.getFloat64(32, true) + 1, true);
  else {
    view.setUint32(40 + slot, partitionCount, true);
    if (kind === 4) view.setUint32(format.payloadTo + slot, partitionCount, true);
    else if (kind === 5) view.setFloat64(trailer + 16, sequence + 1, true);
    else add(trailer + 8, 1 + prng.below(1_000));
  }
  resealCommit(bytes, format);
  return kind < 4 ? { kind: 'extents' } : { kind: 'lost', traced: true };
}

async function checkReading(
  drill: Drill,
  lab: LogLab,
  { lost, ends }: Damaged,
  start: number,
  sizeBefore: number,
): Promise<void> {
  const { prng, settled, same } = drill;
  const log = lab.read();
  const starts = lab.records.map((records) => records.filter(({ commit }) => commit < start).length);
  same(
    'extents of a damaged log are what is known',
    await settled(log.extents()),
    lab.records.map((records, partition) => ({
      start: starts[partition],
      end: Math.max(starts[partition]!, ends[partition]!),
      weight: records
        .slice(0, Math.max(starts[partition]!, ends[partition]!))
        .reduce((sum, { weight }) => sum + weight, 0),
    })),
  );
  const size = await settled(log.sizeBytes());
  same('a damaged log knows its size', size, sizeBefore);
  for (let round = 0; round < 3; round++) {
    const positions = new Map<number, number>();
    starts.forEach((from, partition) => {
      const end = Math.max(from, ends[partition]!);
      positions.set(partition, round === 0 ? from : from + prng.below(end - from + 1));
    });
    await checkFound(drill, lab, log, { positions, lost, ends });
  }
  for (let i = 0; i < 15; i++) {
    const partition = prng.below(lab.partitionCount);
    const records = lab.records[partition]!;
    const offset = starts[partition]! + prng.below(Math.max(1, records.length - starts[partition]!));
    const wanted = lost.has(`${partition}/${offset}`) ? undefined : records[offset]?.bytes;
    const found = await settled(log.readAt(partition, offset));
    const equal =
      wanted === undefined ? found === undefined : found !== undefined && Buffer.compare(found, wanted) === 0;
    drill.violations.expect(equal, 'one record is read as it was, or not at all', () => `${partition}/${offset}`);
  }
}

async function checkFound(
  drill: Drill,
  lab: LogLab,
  log: Log,
  of: {
    readonly positions: ReadonlyMap<number, number>;
    readonly lost: ReadonlySet<string>;
    readonly ends: readonly number[];
  },
): Promise<void> {
  const reader = await drill.settled(log.openReader(of.positions));
  const { entries, corrupt } = await drain(drill, reader, of.positions, drill.prng.pick([1, 2_000, 1 << 20]));
  await drill.settled(reader.close());
  const missing = new Set(corrupt);
  for (const [partition, from] of of.positions) {
    for (let offset = from; offset < of.ends[partition]!; offset++) {
      const place = `${partition}/${offset}`;
      const found = entries.get(place);
      const record = lab.records[partition]![offset];
      const wanted = record === undefined || of.lost.has(place) ? undefined : record.bytes;
      const right =
        wanted === undefined
          ? found === undefined && missing.has(place)
          : found !== undefined && Buffer.compare(found, wanted) === 0;
      drill.violations.expect(right, 'damage costs what it hit, once, and nothing else', () => {
        return `${place}: ${found === undefined ? 'no entry' : 'an entry'}, ${missing.has(place) ? '' : 'not '}reported`;
      });
    }
  }
}

/** The damaged log is written on: no offset is given twice, and all that was or is kept can be read. */
async function checkSuccession(drill: Drill, lab: LogLab, { lost, least }: Damaged, start: number): Promise<void> {
  const { settled } = drill;
  const before = [...least];
  const log = await settled(lab.write());
  const ends = before.slice();
  for (let i = 0; i < 5; i++) {
    const group = lab.drawGroup();
    const { offsets } = await settled(log.append(group));
    group.forEach(({ partition, bytes, weight = 0 }, r) => {
      const offset = offsets[r]!;
      drill.violations.expect(offset >= ends[partition]!, 'no offset is given twice', () => `${partition}/${offset}`);
      lost.delete(`${partition}/${offset}`);
      lab.records[partition]![offset] = { bytes, weight, commit: Number.MAX_SAFE_INTEGER };
      ends[partition] = offset + 1;
    });
  }
  const positions = new Map(lab.records.map((r, partition) => [partition, r.filter((k) => k.commit < start).length]));
  const extents = await settled(log.extents());
  const known = extents.map(({ end }) => end);
  drill.violations.expect(
    known.every((end, partition) => ends[partition] === before[partition] || end === ends[partition]),
    'extents end where appends did',
    () => `${known} and ${ends}`,
  );
  await checkFound(drill, lab, log, { positions, lost, ends: known });
  await settled(log.close());
}
