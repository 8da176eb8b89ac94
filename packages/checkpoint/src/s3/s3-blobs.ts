import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { IsothermError } from '@isotherm/service-kit';
import type { BlobStore } from '../blob-store.ts';

const CREATE_ATTEMPTS = 8;
const DELETES_PER_CALL = 1000;

/** Where the blobs are. */
export interface S3Place {
  readonly bucket: string;
  /** Begins every key; empty, or ends in a slash. */
  readonly prefix: string;
}

/**
 * Blobs as S3 objects under `prefix/folder/name`. Exclusive names are conditional writes (If-None-Match: *), which S3
 * and its kin decide atomically. Closing it destroys the client.
 */
export function createS3Blobs(client: S3Client, place: S3Place): BlobStore {
  const { bucket: Bucket, prefix } = place;
  const keyOf = (folder: string, name: string) => `${prefix}${folder}/${name}`;
  const get = (folder: string, name: string) =>
    answered(async () => {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: keyOf(folder, name) }));
        return await Body?.transformToByteArray();
      } catch (error) {
        if (statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket') return undefined;
        throw error;
      }
    }, place);
  return {
    get,
    list: (folder) =>
      answered(async () => {
        const Prefix = keyOf(folder, '');
        const names: string[] = [];
        for await (const page of pages(client, { Bucket, Prefix })) {
          for (const { Key = '' } of page.Contents ?? []) names.push(Key.slice(Prefix.length));
        }
        return names;
      }, place),
    put: (folder, name, bytes) =>
      answered(async () => {
        await client.send(new PutObjectCommand({ Bucket, Key: keyOf(folder, name), Body: bytes }));
      }, place),
    create: (folder, name, bytes) =>
      answered(async () => {
        const Key = keyOf(folder, name);
        for (let attempt = 1; ; attempt++) {
          try {
            await client.send(new PutObjectCommand({ Bucket, Key, Body: bytes, IfNoneMatch: '*' }));
            return true;
          } catch (error) {
            // 412: the name is taken, perhaps by us: the answer to an earlier attempt may have been lost on its way.
            if (statusOf(error) === 412) return same(await get(folder, name), bytes);
            // 409: another write of this name is under way.
            if (statusOf(error) !== 409 || attempt === CREATE_ATTEMPTS) throw error;
          }
        }
      }, place),
    remove: (folder, names) =>
      answered(async () => {
        for (let from = 0; from < names.length; from += DELETES_PER_CALL) {
          const Objects = names.slice(from, from + DELETES_PER_CALL).map((name) => ({ Key: keyOf(folder, name) }));
          const { Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
          const failed = Errors?.find(({ Code }) => Code !== 'NoSuchKey');
          if (failed !== undefined) throw new Error(`${failed.Key} was not removed: ${failed.Message ?? failed.Code}`);
        }
      }, place),
    folders: () =>
      answered(async () => {
        const folders: string[] = [];
        for await (const page of pages(client, { Bucket, Prefix: prefix, Delimiter: '/' })) {
          for (const found of page.CommonPrefixes ?? []) folders.push((found.Prefix ?? '').slice(prefix.length, -1));
        }
        return folders;
      }, place),
    async close() {
      client.destroy();
    },
  };
}

async function* pages(
  client: S3Client,
  input: { readonly Bucket: string; readonly Prefix: string; readonly Delimiter?: string },
) {
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ ...input, ...(ContinuationToken && { ContinuationToken }) }),
    );
    yield page;
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
}

/** The client has retried already what a retry at once can help. */
async function answered<T>(call: () => Promise<T>, { bucket }: S3Place): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof IsothermError) throw error;
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new IsothermError({
      code: 'UNAVAILABLE',
      id: 'CHECKPOINTS_UNAVAILABLE',
      message: `The checkpoint bucket ${bucket} did not do what was asked (${reason}).`,
      advice: 'Check the endpoint, the bucket and the credentials of the checkpoint store.',
      retryAfterMs: 1000,
      metadata: { bucket },
      cause: error,
    });
  }
}

function same(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && Buffer.compare(a, b) === 0;
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

function nameOf(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined;
}
