import type { CommitStore } from './commit-store.ts';
import { firstPoint, type IndexPoint, searchPoints } from './index-search.ts';

const COMMITS_PER_CHUNK = 64;

/**
 * Drops whole commits all of whose records may go, up to the last index entry where that holds. The index goes first,
 * in one transaction: from then on the log begins there, whatever happens to the rest. The commits follow in chunks,
 * so that appends get in between.
 *
 * @param keepFrom by partition; a partition not in it keeps all it has
 * @returns where the log begins now, or undefined if nothing could go
 */
export async function trimCommits(
  store: CommitStore,
  partitionCount: number,
  published: number,
  keepFrom: ReadonlyMap<number, number>,
  onStart: (point: IndexPoint) => void,
): Promise<void> {
  const first = firstPoint(store, partitionCount);
  if (first === undefined) return;
  const limits = first.vector.next.map((start, partition) => keepFrom.get(partition) ?? start);
  const point = searchPoints(store, partitionCount, published, ({ next }) => next.every((at, i) => at <= limits[i]!));
  if (point === undefined || point.sequence <= first.sequence) return;
  await store.dropIndexBefore(point.sequence);
  onStart(point);
  await dropCommitsBefore(store, point.sequence);
}

/** Drops the commits before a sequence, in chunks. */
export async function dropCommitsBefore(store: CommitStore, sequence: number): Promise<void> {
  store.refresh();
  let from = store.firstCommit();
  while (from !== undefined && from < sequence) {
    const to = Math.min(sequence, from + COMMITS_PER_CHUNK);
    await store.dropCommits(from, to);
    from = to;
  }
  store.refresh();
}
