import { S3Client } from '@aws-sdk/client-s3';
import {
  type BlobCheckpointOptions,
  createBlobCheckpoints,
  type InspectableCheckpointStore,
} from '../blob-checkpoints.ts';
import type { BlobStore } from '../blob-store.ts';
import { createS3Blobs } from './s3-blobs.ts';

/** Options of {@link openS3Checkpoints}. */
export interface S3CheckpointOptions extends BlobCheckpointOptions {
  /** It must exist. */
  readonly bucket: string;
  /** Begins every key. Default `checkpoints/`. */
  readonly prefix?: string;
  /** URL of an S3-compatible server, addressed by path. Default Amazon's, by region. */
  readonly endpoint?: string;
  /** Default `us-east-1`. */
  readonly region?: string;
  /** Default what the environment gives, in the order of the AWS SDK. */
  readonly credentials?: S3Credentials;
  /** How long one request may take, in ms. Default 10,000. */
  readonly requestTimeoutMs?: number;
}

/** Key and secret of an S3 account. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Opens checkpoints in a bucket of S3 or of a server that knows its conditional writes. */
export function openS3Checkpoints(options: S3CheckpointOptions): InspectableCheckpointStore {
  return createBlobCheckpoints(openS3Blobs(options), options);
}

/** Opens the blobs that checkpoints are kept in. */
export function openS3Blobs(options: Omit<S3CheckpointOptions, keyof BlobCheckpointOptions>): BlobStore {
  const { bucket, prefix = 'checkpoints/' } = options;
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  return createS3Blobs(createS3Client(options), { bucket, prefix: folder });
}

/** The client, as the options say. */
export function createS3Client(options: Omit<S3CheckpointOptions, 'bucket'>): S3Client {
  const { endpoint, region = 'us-east-1', credentials, requestTimeoutMs = 10_000 } = options;
  return new S3Client({
    region,
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    ...(credentials !== undefined && { credentials }),
    requestHandler: {
      connectionTimeout: 3000,
      requestTimeout: requestTimeoutMs,
      httpAgent: { maxSockets: 64 },
      httpsAgent: { maxSockets: 64 },
    },
  });
}
