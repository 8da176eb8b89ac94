import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useDirectory } from '../../test-support/temporary-log.ts';
import { offsetsOf } from '../record-outcomes.ts';
import { openLmdbLog } from './open-lmdb-log.ts';

const directory = useDirectory();
const group = (bytes: number) => [{ partition: 0, bytes: new Uint8Array(bytes), weight: 1 }];

describe('a log with a size limit', () => {
  it('refuses before it writes, and takes records again once some were dropped', async () => {
    const maxBytes = 2_000_000;
    await using log = await openLmdbLog({ path: directory.path, partitionCount: 2, mode: 'writer', maxBytes });
    let end = 0;
    const full = { id: 'LOG_FULL', code: 'RESOURCE_EXHAUSTED', retryable: true, metadata: { setting: 'maxBytes' } };
    for (;;) {
      try {
        await log.append(group(10_000));
        end++;
      } catch (error) {
        expect(error).toMatchObject(full);
        break;
      }
    }
    expect(await log.sizeBytes()).toBeGreaterThan(maxBytes * 0.95);
    expect(await log.sizeBytes()).toBeLessThanOrEqual(maxBytes);
    expect((await log.extents([0])).get(0)?.end).toBe(end);
    await log.trim(new Map([[0, 100]]));
    expect(offsetsOf(await log.append(group(10_000)))).toEqual([end]);
  });

  it('has the limit still after it was opened again', async () => {
    const options = { path: directory.path, partitionCount: 2, mode: 'writer', maxBytes: 500_000 } as const;
    const log = await openLmdbLog(options);
    await log.append(group(480_000));
    await log.close();
    await using again = await openLmdbLog(options);
    await expect(again.append(group(30_000))).rejects.toMatchObject({ id: 'LOG_FULL' });
  });

  it('uses the space of dropped records again, also while somebody reads', async () => {
    const maxBytes = 8_000_000;
    await using log = await openLmdbLog({ path: directory.path, partitionCount: 2, mode: 'writer', maxBytes });
    await using reader = await log.openReader(new Map([[0, 0]]));
    let read = 0;
    for (let i = 0; i < 3000; i += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, k) => log.append(group(20_000 + 997 * ((i + k) % 40)))));
      while (read < i + 50) read += (await reader.poll({ maxBytes: 1 << 20 })).entries.length;
      await log.trim(new Map([[0, read]]));
    }
    const { size } = await stat(join(directory.path, 'data.mdb'));
    expect(size).toBeLessThan(2 * maxBytes);
  });

  it('lets no more wait for the disk than allowed', async () => {
    await using log = await openLmdbLog({
      path: directory.path,
      partitionCount: 2,
      mode: 'writer',
      maxPendingBytes: 100_000,
    });
    const first = log.append(group(90_000));
    await expect(log.append(group(20_000))).rejects.toMatchObject({ id: 'LOG_BUSY', retryable: true });
    expect(offsetsOf(await first)).toEqual([0]);
    expect(offsetsOf(await log.append(group(200_000)))).toEqual([1]);
  });
});
