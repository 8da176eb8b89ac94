import { type Config, readCredentials } from '@isotherm/service-kit/config';
import type { InspectableCheckpointStore } from './blob-checkpoints.ts';
import { openDirectoryCheckpoints } from './directory/directory-checkpoints.ts';

/** Opens the checkpoints of a configuration's `checkpoints` section. The client of S3 is loaded only for S3. */
export async function openCheckpoints(config: NonNullable<Config['checkpoints']>): Promise<InspectableCheckpointStore> {
  const { directory, s3 } = config;
  if (s3 === undefined) return await openDirectoryCheckpoints({ path: directory! });
  const { bucket, prefix, region, endpoint, credentialsDirectory } = s3;
  const { openS3Checkpoints } = await import('./s3/s3-checkpoints.ts');
  return openS3Checkpoints({
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
