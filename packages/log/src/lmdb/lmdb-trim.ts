import type { CommitStore } from './commit-store.ts';
import { firstPoint, type IndexPoint, searchPoints } from './index-search.ts';

const COMMITS_PER_CHUNK = 64;

/**
 * The last index entry before which every record may go, or undefined if nothing can: whole commits are dropped, from
 * one entry to another.
 *
 * @param keepFrom by partition; a partition not in it keeps all it has
 */
export function findTrimPoint(
  store: CommitStore,
  partitionCount: number,
  published: number,
  keepFrom: ReadonlyMap<number, number>,
): IndexPoint | undefined {
  const first = firstPoint(store, partitionCount);
  if (first === undefined) return undefined;
  const limits = first.vector.next.map((start, partition) => keepFrom.get(partition) ?? start);
  const point = searchPoints(store, partitionCount, published, ({ next }) => next.every((at, i) => at <= limits[i]!));
  return point !== undefined && point.sequence > first.sequence ? point : undefined;
}

/**
 * Drops everything before an index entry. The index goes first, in one transaction: from then on the log begins there,
 * whatever happens to the rest. The commits follow in chunks, so that appends get in between.
 */
export async function trimTo(store: CommitStore, sequence: number, onStart: () => void): Promise<void> {
  await store.dropIndexBefore(sequence);
  onStart();
  await dropCommitsBefore(store, sequence);
}

/** Drops the commits before a sequence, in chunks. */
export async function dropCommitsBefore(store: CommitStore, sequence: number): Promise<void> {
  const first = store.firstCommit();
  store.refresh();
  for (let from = first ?? sequence; from < sequence; ) {
    const to = Math.min(sequence, from + COMMITS_PER_CHUNK);
    await store.dropCommits(from, to);
    from = to;
  }
}
