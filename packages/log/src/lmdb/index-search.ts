import type { CommitStore } from './commit-store.ts';
import { decodePartitionVector, type PartitionVector } from './partition-vector.ts';

/** Every so many commits an index entry tells where all partitions stand. */
export const COMMITS_PER_INDEX = 64;

/** An index entry. */
export interface IndexPoint {
  readonly sequence: number;
  /** Where the partitions stand before that commit. */
  readonly vector: PartitionVector;
}

/** The oldest point kept, which is where the log begins; undefined in an empty log. Damaged entries are passed over. */
export function firstPoint(store: CommitStore, partitionCount: number, from = 0): IndexPoint | undefined {
  for (let sequence = from; ; ) {
    const entry = store.indexFrom(sequence);
    if (entry === undefined) return undefined;
    const vector = decodePartitionVector(entry.bytes, partitionCount);
    if (vector !== undefined) return { sequence: entry.sequence, vector };
    sequence = entry.sequence + 1;
  }
}

/** The newest point at or before a commit. Damaged entries are passed over. */
export function lastPoint(store: CommitStore, partitionCount: number, upTo: number): IndexPoint | undefined {
  for (let sequence = upTo; ; ) {
    const entry = store.indexUpTo(sequence);
    if (entry === undefined) return undefined;
    const vector = decodePartitionVector(entry.bytes, partitionCount);
    if (vector !== undefined) return { sequence: entry.sequence, vector };
    sequence = entry.sequence - 1;
  }
}

/** The newest point before `end` whose vector `holds`, which must hold of a first part of the points. */
export function searchPoints(
  store: CommitStore,
  partitionCount: number,
  end: number,
  holds: (vector: PartitionVector) => boolean,
): IndexPoint | undefined {
  let best: IndexPoint | undefined;
  let low = 0;
  let high = end;
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    const point = firstPoint(store, partitionCount, middle);
    if (point === undefined || point.sequence >= high) {
      high = middle;
    } else if (holds(point.vector)) {
      best = point;
      low = point.sequence + 1;
    } else {
      high = middle;
    }
  }
  return best;
}
