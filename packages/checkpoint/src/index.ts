export type { BlobCheckpointOptions, InspectableCheckpointStore } from './blob-checkpoints.ts';
export type { BlobStore } from './blob-store.ts';
export type { CheckpointInspection, ManifestInspection, SegmentInspection } from './checkpoint-inspection.ts';
export type {
  Checkpoint,
  CheckpointHead,
  CheckpointId,
  CheckpointStore,
  CheckpointUpdate,
  Claim,
  CommittedCheckpoint,
  LoadTarget,
  NewestCheckpoint,
} from './checkpoint-store.ts';
export { openDirectoryBlobs } from './directory/directory-blobs.ts';
export { type DirectoryCheckpointOptions, openDirectoryCheckpoints } from './directory/directory-checkpoints.ts';
export { type CheckpointInspector, inspectDirectoryCheckpoints } from './directory/inspect-directory.ts';
export { openBlobs, openCheckpoints } from './open-checkpoints.ts';
