import { type CheckpointInspection, inspectFolder } from '../checkpoint-inspection.ts';
import { partitionOf } from '../object-names.ts';
import { readDirectoryBlobs } from './directory-blobs.ts';

/** Looks into checkpoints without opening them. */
export interface CheckpointInspector {
  /** The partitions that have anything, in order. */
  partitions(): Promise<readonly number[]>;
  /** All there is of a partition, with the condition of every object. Reads and checks every byte. */
  inspect(partition: number): Promise<CheckpointInspection>;
}

/**
 * Looks into the checkpoints of a directory, also while their owner writes: it reads only. `partitions` rejects with
 * ENOENT if there is no such directory.
 */
export function inspectDirectoryCheckpoints(path: string): CheckpointInspector {
  const blobs = readDirectoryBlobs(path);
  return {
    async partitions() {
      const found = (await blobs.folders()).map(partitionOf).filter((partition) => partition !== undefined);
      return found.sort((a, b) => a - b);
    },
    inspect: (partition) => inspectFolder(blobs, partition),
  };
}
