import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { findVersitygw, startVersitygw } from '@isotherm/local-services';
import { describe, expect, it } from 'vitest';
import { linesUntilKilled } from '../test-support/killed-process.ts';
import type { BlobStore } from './blob-store.ts';
import { openDirectoryBlobs } from './directory/directory-blobs.ts';
import { createS3Blobs } from './s3/s3-blobs.ts';
import { createS3Client } from './s3/s3-checkpoints.ts';

// What directories and S3 servers really do, where the simulated disk of checkpoints claims that they do.

const text = (value: string) => Buffer.from(value);
const found = await findVersitygw();

/** A directory or a bucket, and how to let go of it. */
type Place = { readonly blobs: BlobStore; readonly remove: () => Promise<void> };

async function directoryPlace(): Promise<Place> {
  const path = await mkdtemp(join(tmpdir(), 'isotherm-blobs-'));
  return { blobs: await openDirectoryBlobs(path), remove: () => rm(path, { recursive: true }) };
}

async function bucketPlace(path: string): Promise<Place> {
  const server = await startVersitygw(path);
  const client = createS3Client(server);
  await client.send(new CreateBucketCommand({ Bucket: 'blobs' }));
  const blobs = createS3Blobs(client, { bucket: 'blobs', prefix: 'place/' });
  return { blobs, remove: () => blobs.close().then(() => server.close()) };
}

function describePlace(name: string, make: () => Promise<Place>, toTheWinner: boolean): void {
  describe(name, () => {
    it('lets one of many who create a name win, and has the winner’s bytes from then on', async () => {
      const { blobs, remove } = await make();
      const owners = Array.from({ length: 16 }, (_, i) => `owner ${i}`);
      const won = await Promise.all(owners.map((owner) => blobs.create('folder', 'name', text(owner))));
      const winners = owners.filter((_, i) => won[i]);
      expect(winners).toHaveLength(1);
      expect(Buffer.from((await blobs.get('folder', 'name')) ?? []).toString()).toBe(winners[0]);
      await remove();
    });

    it(`tells a winner whose answer was lost, and who creates the name again, ${toTheWinner ? 'that it won' : 'that the name is taken'}`, async () => {
      const { blobs, remove } = await make();
      await blobs.create('folder', 'name', text('mine'));
      expect(await blobs.create('folder', 'name', text('mine'))).toBe(toTheWinner);
      expect(await blobs.create('folder', 'name', text('another')).catch(() => false)).toBe(false);
      expect(Buffer.from((await blobs.get('folder', 'name')) ?? []).toString()).toBe('mine');
      await remove();
    });

    it('lists and reads at once what was put, overwritten or removed before', async () => {
      const { blobs, remove } = await make();
      for (let round = 0; round < 10; round++) {
        await blobs.put('folder', 'name', text(`round ${round}`));
        expect(await blobs.list('folder')).toEqual(['name']);
        expect(Buffer.from((await blobs.get('folder', 'name')) ?? []).toString()).toBe(`round ${round}`);
        if (round % 2 === 0) continue;
        await blobs.remove('folder', ['name', 'never there']);
        expect(await blobs.list('folder')).toEqual([]);
        expect(await blobs.get('folder', 'name')).toBeUndefined();
      }
      await remove();
    });
  });
}

describePlace('A directory', directoryPlace, false);
if ('path' in found) describePlace('An S3 bucket', () => bucketPlace(found.path), true);
else it.skip(`S3 buckets are not observed: ${found.missing}`, () => {});

it('A directory has all that a killed process created, and what it put before, and at most one name it was not told of', async () => {
  const path = await mkdtemp(join(tmpdir(), 'isotherm-blobs-'));
  const lines = await linesUntilKilled('./creating-process.ts', [path], 61);
  const told = lines.filter((line) => line.startsWith('created')).map((line) => Number(line.split(' ')[1]));
  const blobs = await openDirectoryBlobs(path);
  const names = await blobs.list('folder');
  const numbers = (word: string) =>
    names.filter((name) => name.startsWith(word)).map((name) => Number(name.split('-')[1]));
  expect(told.filter((number) => !numbers('created').includes(number))).toEqual([]);
  expect(numbers('created').length - told.length).toBeLessThanOrEqual(1);
  for (const number of numbers('created')) {
    for (const word of ['put', 'created']) {
      const bytes = Buffer.from((await blobs.get('folder', `${word}-${number}`)) ?? []);
      expect(bytes.equals(Buffer.alloc(20_000, `${word} ${number};`))).toBe(true);
    }
  }
  await rm(path, { recursive: true });
});
