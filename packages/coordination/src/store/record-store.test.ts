import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDirectoryBlobs } from '@isotherm/checkpoint';
import { afterAll, describe, expect, test } from 'vitest';
import type { PlacementRecord, PlacementRecordStore } from '../placement-record.ts';
import { createBlobRecordStore } from './blob-record-store.ts';
import { createMemoryRecordStore } from './memory-record-store.ts';

const directory = mkdtempSync(join(tmpdir(), 'isotherm-records-'));
afterAll(() => rmSync(directory, { recursive: true }));

const recordOf = (epoch: number): PlacementRecord => ({ epoch, shards: [], owners: [], targets: [], standbys: [] });

describe.each<[string, () => Promise<PlacementRecordStore>]>([
  ['memory', async () => createMemoryRecordStore()],
  [
    'objects in a directory',
    async () => createBlobRecordStore(await openDirectoryBlobs(mkdtempSync(join(directory, 'store-')))),
  ],
])('a placement record store in %s', (_, open) => {
  test('has nothing at first, then what was saved last', async () => {
    const store = await open();
    expect(await store.load()).toBeUndefined();
    for (let epoch = 1; epoch <= 30; epoch++)
      await store.save(recordOf(epoch), epoch === 1 ? undefined : recordOf(epoch - 1));
    expect(await store.load()).toEqual(recordOf(30));
  });

  test('lets one of two writers win', async () => {
    const store = await open();
    await store.save(recordOf(1), undefined);
    const results = await Promise.allSettled([
      store.save(recordOf(2), recordOf(1)),
      store.save(recordOf(2), recordOf(1)),
    ]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(store.save(recordOf(3), recordOf(1))).rejects.toThrow('Another writer');
  });
});
