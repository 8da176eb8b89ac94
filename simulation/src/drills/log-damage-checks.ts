import type { Log } from '@isotherm/log';
import type { Drill } from './drill.ts';
import { COMMITS_PER_INDEX } from './log-checks.ts';
import type { Damaged } from './log-damage.ts';
import { drain, type LogLab } from './log-lab.ts';

/** A damaged log tells what is left of it, and gives it out as it was. */
export async function checkReading(drill: Drill, lab: LogLab, damaged: Damaged): Promise<void> {
  const { lost, ends, start } = damaged;
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
  same('a damaged log knows its size', await settled(log.sizeBytes()), damaged.sizeBytes);
  for (let round = 0; round < 3; round++) {
    const positions = new Map<number, number>();
    starts.forEach((from, partition) => {
      const end = Math.max(from, ends[partition]!);
      positions.set(partition, round === 0 ? from : from + prng.below(end - from + 1));
    });
    await checkFound(drill, lab, log, { positions, lost, ends });
  }
  // Single records are found by the index alone.
  for (let i = 0; i < 15 && damaged.indexed; i++) {
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
export async function checkSuccession(drill: Drill, lab: LogLab, { lost, least, start, most }: Damaged): Promise<void> {
  const { settled } = drill;
  const before = [...least];
  const first = lab.disk.commits.last()! + 1;
  const log = await settled(lab.write());
  const ends = before.slice();
  for (let i = 0; i < 5; i++) {
    const group = lab.drawGroup();
    const { offsets } = await settled(log.append(group));
    group.forEach(({ partition, bytes, weight = 0 }, r) => {
      const offset = offsets[r]!;
      drill.violations.expect(offset >= ends[partition]!, 'no offset is given twice', () => `${partition}/${offset}`);
      const greatest = ends[partition]! + (ends[partition] === before[partition] ? most : 0);
      drill.violations.expect(offset <= greatest, 'no more offsets are passed over than could be lost', () => {
        return `${partition}/${offset} above ${greatest}`;
      });
      lost.delete(`${partition}/${offset}`);
      lab.records[partition]![offset] = { bytes, weight, commit: Number.MAX_SAFE_INTEGER };
      ends[partition] = offset + 1;
    });
  }
  const odd = [1, 2, 3, 4].map((more) => first + more).filter((sequence) => sequence % COMMITS_PER_INDEX !== 0);
  const pointed = odd.filter((sequence) => lab.disk.index.get(sequence) !== undefined);
  drill.same('of new commits the first alone may have an index entry out of turn', pointed, []);
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
