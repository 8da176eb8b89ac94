import {
  type BlobCheckpointOptions,
  createBlobCheckpoints,
  type InspectableCheckpointStore,
} from '../blob-checkpoints.ts';
import { openDirectoryBlobs } from './directory-blobs.ts';

/** Options of {@link openDirectoryCheckpoints}. */
export interface DirectoryCheckpointOptions extends BlobCheckpointOptions {
  /** The directory; made if need be. */
  readonly path: string;
}

/** Opens checkpoints in a directory of this machine, or of a file system that has exclusive `link()`. */
export async function openDirectoryCheckpoints(
  options: DirectoryCheckpointOptions,
): Promise<InspectableCheckpointStore> {
  return createBlobCheckpoints(await openDirectoryBlobs(options.path), options);
}
