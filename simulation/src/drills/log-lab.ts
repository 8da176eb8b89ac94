import type { LogAppend, LogReader } from '@isotherm/log';
import {
  LOG_FORMAT_VERSION,
  type LogFacts,
  readLogOver,
  type WriterParts,
  writeLogOver,
} from '@isotherm/log/internals';
import { createLogHistory } from '../checks/log-history.ts';
import { createLogDisk, type LogDisk } from '../fakes/log-disk.ts';
import type { Drill } from './drill.ts';

/** A record that a log must hold. */
export interface KnownRecord {
  readonly bytes: Uint8Array;
  readonly weight: number;
  /** The commit it is in. */
  readonly commit: number;
}

/** A log on a disk of its own, and what it must hold. */
export interface LogLab {
  readonly partitionCount: number;
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
  }): ReturnType<typeof writeLogOver>;
  /** A log that reads, in a process of its own. */
  read(): ReturnType<typeof readLogOver>;
  drawGroup(): LogAppend[];
  /** Notes that a group went into the next commit. */
  kept(group: readonly LogAppend[]): void;
  /** How often the right to write was given back. */
  readonly released: number;
}

/** An empty log. */
export function createLogLab(drill: Drill): LogLab {
  const { prng, faults, violations } = drill;
  const partitionCount = 1 + prng.below(4);
  const disk = createLogDisk({ faults, violations, history: createLogHistory(partitionCount) });
  const facts: LogFacts = { formatVersion: LOG_FORMAT_VERSION, incarnation: '0191a2b3c4d50002', partitionCount };
  const records: KnownRecord[][] = Array.from({ length: partitionCount }, () => []);
  const groups: LogAppend[][] = [];
  /** The last partition hears nothing until then: readers of it have nothing to lose to a trim. */
  const quietUntil = partitionCount > 1 && prng.chance(0.6) ? 64 + prng.below(140) : 0;
  let released = 0;
  return {
    partitionCount,
    disk,
    records,
    groups,
    get released() {
      return released;
    },
    write({ maxBytes = Number.POSITIVE_INFINITY, maxPendingBytes = 1 << 26, floor } = {}) {
      const process = drill.spawn('writer');
      return writeLogOver({
        store: disk.open(process),
        facts,
        flush: disk.publisher(process),
        maxBytes,
        maxPendingBytes,
        ...(floor === undefined ? {} : { floor }),
        onFenced: (error) => violations.note('a sound log is not fenced', error.message),
        runtime: process,
        release: () => {
          released += 1;
        },
      });
    },
    read() {
      const process = drill.spawn('reader');
      const flush = disk.reader(process);
      return readLogOver({ store: disk.open(process), facts, flush, flushState: undefined, runtime: process });
    },
    drawGroup() {
      return Array.from({ length: 1 + prng.below(5) }, () => {
        const size = prng.chance(0.05) ? 1_500 + prng.below(9_000) : prng.below(120);
        const bytes = Uint8Array.from({ length: size }, (_, i) => (i < 16 ? prng.below(256) : i));
        const weight = prng.below(5);
        const speaking = groups.length < quietUntil ? partitionCount - 1 : partitionCount;
        return { partition: prng.below(speaking), bytes, ...(weight === 0 ? {} : { weight }) };
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
}

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
  for (;;) {
    const batch = await drill.settled(reader.poll({ maxBytes, waitMs: 0 }));
    const [good, bad] = [batch.entries.length, batch.corruptions.length];
    if (good + bad === 0) return { entries, corrupt };
    violations.expect(good === 0 || bad === 0, 'a batch has entries or corruptions', () => `${good} and ${bad}`);
    const size = batch.entries.reduce((sum, { bytes }) => sum + bytes.length, 0);
    violations.expect(size <= maxBytes || good === 1, 'a batch keeps to its bytes', () => `${size} of ${maxBytes}`);
    for (const { partition, offset } of [...batch.entries, ...batch.corruptions]) {
      drill.same('records of a partition follow one another', [partition, offset], [partition, next.get(partition)]);
      next.set(partition, offset + 1);
    }
    for (const { partition, offset, bytes } of batch.entries) entries.set(`${partition}/${offset}`, bytes.slice());
    for (const { partition, offset } of batch.corruptions) corrupt.push(`${partition}/${offset}`);
  }
}
