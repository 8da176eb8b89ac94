import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { findVersitygw, type S3Server, startVersitygw } from '@isotherm/local-services';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeCheckpointConformance } from '../conformance/checkpoint-conformance.ts';
import { update } from '../conformance/checkpoint-harness.ts';
import { createS3Blobs } from './s3-blobs.ts';
import { createS3Client, openS3Checkpoints } from './s3-checkpoints.ts';

const BUCKET = 'checkpoints';
const found = await findVersitygw();

if ('missing' in found) {
  process.stderr.write(`\n*** S3 checkpoints are NOT tested: ${found.missing}. ***\n\n`);
  describe('S3 checkpoints', () => {
    if (process.env['CI'] === 'true') it('are tested in CI', () => expect.fail(found.missing));
    else it.skip(`are not tested: ${found.missing}`, () => {});
  });
} else {
  describeOver(found.path);
}

function describeOver(path: string): void {
  let server: S3Server;
  let places = 0;
  const clientOf = () => createS3Client(server);

  beforeAll(async () => {
    server = await startVersitygw(path);
    const client = clientOf();
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    client.destroy();
  });
  afterAll(() => server.close());

  describeCheckpointConformance('An S3 bucket', {
    create: async () => `place-${places++}/`,
    open: async (prefix) => createS3Blobs(clientOf(), { bucket: BUCKET, prefix }),
  });

  describe('S3 checkpoints', () => {
    it('open with options alone', async () => {
      const { endpoint, credentials } = server;
      await using store = openS3Checkpoints({ bucket: BUCKET, prefix: 'by-options', endpoint, credentials });
      await store.commit(await store.claim(3, 'owner'), update('full', 1, 'state'));
      expect((await store.load(3))?.offset).toBe(1);
      expect(await store.partitions()).toEqual([3]);
    });

    it('list more objects than fit a page', async () => {
      const blobs = createS3Blobs(clientOf(), { bucket: BUCKET, prefix: 'many/' });
      const names = Array.from({ length: 1100 }, (_, i) => `object-${String(i).padStart(4, '0')}`);
      for (let from = 0; from < names.length; from += 50) {
        await Promise.all(names.slice(from, from + 50).map((name) => blobs.put('folder', name, new Uint8Array(1))));
      }
      expect(await blobs.list('folder')).toEqual(names);
      await blobs.remove('folder', names);
      expect(await blobs.list('folder')).toEqual([]);
      await blobs.close();
    });

    it('take a name as theirs when only the answer was lost', async () => {
      const blobs = createS3Blobs(clientOf(), { bucket: BUCKET, prefix: 'answers/' });
      const bytes = new TextEncoder().encode('mine');
      expect(await blobs.create('folder', 'name', bytes)).toBe(true);
      expect(await blobs.create('folder', 'name', bytes)).toBe(true);
      expect(await blobs.create('folder', 'name', new TextEncoder().encode('theirs'))).toBe(false);
      await blobs.close();
    });

    it('say which bucket failed and that a retry may help', async () => {
      const { endpoint, credentials } = server;
      await using store = openS3Checkpoints({ bucket: 'missing', endpoint, credentials });
      const failure = { id: 'CHECKPOINTS_UNAVAILABLE', code: 'UNAVAILABLE', metadata: { bucket: 'missing' } };
      await expect(store.load(0)).rejects.toMatchObject(failure);
      await expect(store.claim(0, 'owner')).rejects.toMatchObject(failure);
    });
  });
}
