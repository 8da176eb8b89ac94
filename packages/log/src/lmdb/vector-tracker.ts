import { diskBytes, RECORD_BYTES } from './commit-layout.ts';
import type { CommitStore } from './commit-store.ts';
import { CommitView } from './commit-view.ts';
import { lastPoint } from './index-search.ts';
import { createPartitionVector, type PartitionVector } from './partition-vector.ts';

/** Follows where the partitions stand by reading commits' directories. */
export interface VectorTracker {
  /** Where the partitions stand before commit `sequence`, which never falls. Valid until the next call. */
  at(sequence: number): PartitionVector;
  /** Whether there was a commit whose extents could not be read. */
  readonly lostAny: boolean;
}

/**
 * Creates a tracker. `skipLost`: after a commit that does not even say which offsets it held, move every partition on
 * by as many as it could have held at most, so that no offset is ever given twice.
 */
export function createVectorTracker(
  store: CommitStore,
  partitionCount: number,
  options: { readonly skipLost: boolean },
): VectorTracker {
  const view = new CommitView();
  let vector = createPartitionVector(partitionCount);
  let position = 0;
  let lostAny = false;
  return {
    get lostAny() {
      return lostAny;
    },
    at(sequence) {
      const point = lastPoint(store, partitionCount, sequence);
      if (point !== undefined && point.sequence > position) {
        vector = point.vector;
        position = point.sequence;
      }
      for (; position < sequence; position++) {
        const bytes = store.commit(position);
        if (bytes === undefined || view.read(bytes, position, partitionCount) === 'lost') {
          lostAny = true;
          const most = Math.floor((bytes?.length ?? 0) / RECORD_BYTES);
          if (options.skipLost) for (let p = 0; p < partitionCount; p++) vector.next[p] = vector.next[p]! + most;
        } else {
          applyCommit(vector, view);
        }
      }
      return vector;
    },
  };
}

/** Moves a vector to after a commit. Offsets are absolute, so errors from lost commits before end here. */
function applyCommit(vector: PartitionVector, view: CommitView): void {
  for (let slot = 0; slot < view.partitions; slot++) {
    const partition = view.partitionAt(slot);
    vector.next[partition] = view.baseOffsetAt(slot) + view.countAt(slot);
    vector.weight[partition] = view.baseWeightAt(slot) + view.weightAt(slot);
  }
  vector.bytes = view.bytesBefore + diskBytes(view.valueBytes);
  if (view.condition === 'whole') vector.appendMs = view.appendMs;
}
