// An entry of its own: its client takes longer to load than all the rest, and a platform on one machine has no use for it.
export { openS3Blobs, openS3Checkpoints, type S3CheckpointOptions, type S3Credentials } from './s3-checkpoints.ts';
