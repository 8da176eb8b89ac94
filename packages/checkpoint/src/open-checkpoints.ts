import { readCredentials } from '@isotherm/service-kit';
import type { Config } from '@isotherm/service-kit/config';
import { createBlobCheckpoints, type InspectableCheckpointStore } from './blob-checkpoints.ts';
import type { BlobStore } from './blob-store.ts';
import { openDirectoryBlobs } from './directory/directory-blobs.ts';

type CheckpointsConfig = NonNullable<Config['checkpoints']>;

/** Opens the checkpoints of a configuration's `checkpoints` section. */
export async function openCheckpoints(config: CheckpointsConfig): Promise<InspectableCheckpointStore> {
  return createBlobCheckpoints(await openBlobs(config));
}

/** Opens the blobs of a configuration's `checkpoints` section. The client of S3 is loaded only for S3. */
export async function openBlobs({ directory, s3 }: CheckpointsConfig): Promise<BlobStore> {
  if (s3 === undefined) return await openDirectoryBlobs(directory!);
  const { bucket, prefix, region, endpoint, credentialsDirectory } = s3;
  const { openS3Blobs } = await import('./s3/s3-checkpoints.ts');
  return openS3Blobs({
    bucket,
    prefix,
    region,
    ...(endpoint !== '' && { endpoint }),
    ...(credentialsDirectory !== '' && {
      credentials: readCredentials(credentialsDirectory, 'checkpoints.s3.credentialsDirectory', [
        'accessKeyId',
        'secretAccessKey',
      ]),
    }),
  });
}
