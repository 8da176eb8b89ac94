import type { LogEntry } from '../log.ts';
import { logBeyondEnd, logTruncated } from '../log-errors.ts';
import type { CommitStore } from './commit-store.ts';
import { CommitView } from './commit-view.ts';
import { firstPoint, searchPoints } from './index-search.ts';
import type { PartitionVector } from './partition-vector.ts';

/** The log's part that may be read. */
export interface ReadableStretch {
  /** Commits published. */
  readonly published: number;
  /** Where the partitions stand after the last of them. */
  readonly end: PartitionVector;
}

/**
 * Checks reading positions and finds the first commit a reader of them needs to look at.
 * @throws LOG_TRUNCATED or LOG_BEYOND_END
 */
export function locateReader(
  store: CommitStore,
  stretch: ReadableStretch,
  positions: ReadonlyMap<number, number>,
): number {
  const partitionCount = stretch.end.next.length;
  const first = firstPoint(store, partitionCount);
  for (const [partition, offset] of positions) {
    const start = first?.vector.next[partition] ?? 0;
    if (offset < start) throw logTruncated(partition, offset, start);
    const end = stretch.end.next[partition]!;
    if (offset > end) throw logBeyondEnd(partition, offset, end);
  }
  const needed = [...positions].filter(([partition, offset]) => offset < stretch.end.next[partition]!);
  if (needed.length === 0) return stretch.published;
  const point = searchPoints(store, partitionCount, stretch.published, (vector) =>
    needed.every(([partition, offset]) => vector.next[partition]! <= offset),
  );
  return point?.sequence ?? 0;
}

/** A copy of a record, or undefined if it is not between start and end, or damaged. */
export function readRecord(
  store: CommitStore,
  stretch: ReadableStretch,
  partition: number,
  offset: number,
): LogEntry | undefined {
  const partitionCount = stretch.end.next.length;
  const start = searchPoints(store, partitionCount, stretch.published, ({ next }) => next[partition]! <= offset);
  if (start === undefined) return undefined;
  const view = new CommitView();
  for (let sequence = start.sequence; sequence < stretch.published; sequence++) {
    const bytes = store.commit(sequence);
    if (bytes === undefined || view.read(bytes, sequence, partitionCount) === 'lost') continue;
    const slot = slotOf(view, partition);
    if (slot < 0 || view.baseOffsetAt(slot) + view.countAt(slot) <= offset) continue;
    if (view.baseOffsetAt(slot) > offset) break;
    const copy = copyOfRecord(view, slot, offset);
    return copy && { partition, offset, bytes: copy, appendMs: view.appendMs };
  }
  return undefined;
}

function slotOf(view: CommitView, partition: number): number {
  for (let slot = 0; slot < view.partitions; slot++) if (view.partitionAt(slot) === partition) return slot;
  return -1;
}

function copyOfRecord(view: CommitView, slot: number, offset: number): Uint8Array | undefined {
  let skip = offset - view.baseOffsetAt(slot);
  let at = view.payloadAt;
  for (let record = 0; record < view.records; record++) {
    if (view.slotOf(record) === slot && skip-- === 0) return view.recordBytes(record, at)?.slice();
    at += view.lengthOf(record);
  }
  return undefined;
}
