import type { LogAppend, LogReader } from '@isotherm/log';
import {
  type CommitStore,
  type FlushState,
  LOG_FORMAT_VERSION,
  type LogFacts,
  readLogOver,
  type WriterParts,
  writeLogOver,
} from '@isotherm/log/internals';
import { createLogHistory } from '../checks/log-history.ts';
import type { SimulatedProcess } from '../engine/simulated-process.ts';
import { createLogDisk, type LogDisk } from '../fakes/log-disk.ts';
import { valueBytesOf } from './commit-format.ts';
import type { Drill } from './drill.ts';

/** A record that a log must hold. */
export interface KnownRecord {
  readonly bytes: Uint8Array;
  readonly weight: number;
  /** The commit it is in. */
  readonly commit: number;
}

/** A log of a lab. */
export type LabLog = Awaited<ReturnType<typeof writeLogOver>>;

/** What logs of a lab asked of their parts so far. */
export interface LabCounts {
  /** Commits read from the disk. */
  readonly commitReads: number;
  readonly storesClosed: number;
  readonly flushesClosed: number;
  /** How often the right to write was given back. */
  readonly released: number;
}

/** A log on a disk of its own, and what it must hold. */
export interface LogLab {
  readonly partitionCount: number;
  readonly incarnation: string;
  readonly disk: LogDisk;
  /** By partition, then offset. */
  readonly records: KnownRecord[][];
  /** Groups, by commit. */
  readonly groups: LogAppend[][];
  /** A log that writes, in a process of its own. */
  write(limits?: {
    readonly maxBytes?: number;
    readonly maxPendingBytes?: number;
    readonly floor?: WriterParts['floor'];
    /** Puts something between the log and its disk. Default nothing. */
    readonly over?: (store: CommitStore) => CommitStore;
    /** Default notes a violation. */
    readonly onFenced?: WriterParts['onFenced'];
  }): ReturnType<typeof writeLogOver>;
  /** A log that reads, in a process of its own. */
  read(): ReturnType<typeof readLogOver>;
  drawGroup(): LogAppend[];
  /** Notes that a group went into the next commit. */
  kept(group: readonly LogAppend[]): void;
  readonly counts: LabCounts;
}

/** Sizes of values around which their space on disk changes. */
const NO_BYTES = new Uint8Array(0);
const EDGE_SIZES = [1_999, 2_000, 4_080, 4_081, 8_176, 8_177];

/** An empty log. */
export function createLogLab(drill: Drill): LogLab {
  const { prng, faults, violations } = drill;
  const partitionCount = 1 + prng.below(4);
  const incarnation = `0191a2b3c4d5000${prng.below(10)}`;
  const disk = createLogDisk({ faults, violations, history: createLogHistory(partitionCount) });
  const facts: LogFacts = { formatVersion: LOG_FORMAT_VERSION, incarnation, partitionCount };
  const records: KnownRecord[][] = Array.from({ length: partitionCount }, () => []);
  const groups: LogAppend[][] = [];
  /** The last partition hears nothing until then: readers of it have nothing to lose to a trim. */
  const quietUntil = partitionCount > 1 && prng.chance(0.6) ? 64 * (1 + prng.below(3)) : 0;
  const counts = { commitReads: 0, storesClosed: 0, flushesClosed: 0, released: 0 };
  const open = (process: SimulatedProcess): CommitStore => {
    const store = disk.open(process);
    return {
      ...store,
      commit(sequence) {
        counts.commitReads += 1;
        return store.commit(sequence);
      },
      close() {
        counts.storesClosed += 1;
        return store.close();
      },
    };
  };
  const counted = <T extends FlushState>(flush: T): T => ({
    ...flush,
    close() {
      counts.flushesClosed += 1;
      flush.close();
    },
  });
  return {
    partitionCount,
    incarnation,
    disk,
    records,
    groups,
    counts,
    write({ maxBytes = Number.POSITIVE_INFINITY, maxPendingBytes = 1 << 26, floor, over, onFenced } = {}) {
      const process = drill.spawn('writer');
      const store = open(process);
      return writeLogOver({
        store: over === undefined ? store : over(store),
        facts,
        flush: counted(disk.publisher(process)),
        maxBytes,
        maxPendingBytes,
        ...(floor === undefined ? {} : { floor }),
        onFenced: onFenced ?? ((error) => violations.note('a sound log is not fenced', error.message)),
        runtime: process,
        release: () => {
          counts.released += 1;
        },
      });
    },
    read() {
      const process = drill.spawn('reader');
      const flush = counted(disk.reader(process));
      return readLogOver({ store: open(process), facts, flush, flushState: undefined, runtime: process });
    },
    drawGroup() {
      if (prng.chance(0.05)) {
        const bytes = new Uint8Array(prng.pick(EDGE_SIZES) - valueBytesOf([{ partition: 0, bytes: NO_BYTES }])).fill(7);
        return [{ partition: 0, bytes }];
      }
      return Array.from({ length: 1 + prng.below(5) }, (_, i) => {
        const size = prng.chance(0.05) ? 1_500 + prng.below(9_000) : prng.below(120);
        const bytes = new Uint8Array(size);
        for (let at = 0; at < size; at++) bytes[at] = at < 16 ? prng.below(256) : at;
        const weight = prng.below(5);
        const speaking = groups.length < quietUntil ? partitionCount - 1 : partitionCount;
        const partition = i === 0 && groups.length === quietUntil ? speaking - 1 : prng.below(speaking);
        return { partition, bytes, ...(weight === 0 ? {} : { weight }) };
      });
    },
    kept(group) {
      const commit = groups.push([...group]) - 1;
      for (const { partition, bytes, weight = 0 } of group) records[partition]!.push({ bytes, weight, commit });
    },
  };
}

/** What a reader gives out until there is no more. */
export interface Drained {
  /** `partition/offset` of entries, with their bytes. */
  readonly entries: ReadonlyMap<string, Uint8Array>;
  readonly corrupt: readonly string[];
  readonly polls: number;
}

/** A batch is given out with so many corruptions whatever follows. */
const MOST_CORRUPTIONS = 10_000;

/** Polls until nothing comes; each partition's offsets must follow one another without a gap. */
export async function drain(
  drill: Drill,
  reader: LogReader,
  positions: ReadonlyMap<number, number>,
  maxBytes: number,
): Promise<Drained> {
  const { violations } = drill;
  const entries = new Map<string, Uint8Array>();
  const corrupt: string[] = [];
  const next = new Map(positions);
  /** What the batch before held, and its size; corruptions count as nothing. */
  let before: { readonly good: number; readonly bad: number; readonly size: number } | undefined;
  for (let polls = 1; ; polls++) {
    const batch = await drill.settled(reader.poll({ maxBytes, waitMs: 0 }));
    const [good, bad] = [batch.entries.length, batch.corruptions.length];
    if (good + bad === 0) return { entries, corrupt, polls };
    violations.expect(good === 0 || bad === 0, 'a batch has entries or corruptions', () => `${good} and ${bad}`);
    const size = batch.entries.reduce((sum, { bytes }) => sum + bytes.length, 0);
    violations.expect(size <= maxBytes || good === 1, 'a batch keeps to its bytes', () => `${size} of ${maxBytes}`);
    const more = batch.entries[0]?.bytes.length;
    const early =
      before !== undefined &&
      (more === undefined
        ? before.bad > 0 && before.bad < MOST_CORRUPTIONS
        : before.good > 0 && before.size + more <= maxBytes);
    violations.expect(
      !early,
      'a batch holds what there is and fits',
      () => `${before?.size} and ${more} of ${maxBytes}`,
    );
    before = { good, bad, size };
    for (const { partition, offset } of [...batch.entries, ...batch.corruptions]) {
      drill.same('records of a partition follow one another', [partition, offset], [partition, next.get(partition)]);
      next.set(partition, offset + 1);
    }
    for (const { partition, offset, bytes } of batch.entries) entries.set(`${partition}/${offset}`, bytes.slice());
    for (const { partition, offset } of batch.corruptions) corrupt.push(`${partition}/${offset}`);
  }
}
