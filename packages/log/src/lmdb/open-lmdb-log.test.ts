import { systemRuntime } from '@isotherm/runtime';
import { open } from 'lmdb';
import { describe, expect, it } from 'vitest';
import { useDirectory } from '../../test-support/temporary-log.ts';
import { record } from '../conformance/log-harness.ts';
import { openLmdbLog } from './open-lmdb-log.ts';

const directory = useDirectory();
const writer = (partitionCount = 4) => openLmdbLog({ path: directory.path, partitionCount, mode: 'writer' });

describe('opening a log', () => {
  it('makes one with an identity that tells when it was made, and keeps it', async () => {
    const path = `${directory.path}/deep/v1.2`;
    const options = {
      path,
      partitionCount: 3,
      mode: 'writer',
      runtime: { ...systemRuntime, now: () => 0x0191_8273_abcd, random: () => 0.999_999 },
    } as const;
    const made = await openLmdbLog(options);
    expect(made.incarnation).toBe('01918273abcdffff');
    await made.close();
    const found = await openLmdbLog({ ...options, runtime: { ...systemRuntime, now: () => 1, random: () => 0 } });
    expect(found.incarnation).toBe('01918273abcdffff');
    await found.close();
  });

  it('refuses another partition count and says which one is right', async () => {
    await (await writer(4)).close();
    await expect(writer(8)).rejects.toMatchObject({
      id: 'LOG_PARTITION_COUNT',
      message: expect.stringContaining('has 4 partitions, not 8'),
      advice: expect.stringContaining('Set the partition count to 4'),
    });
    await (await writer(4)).close();
  });

  it('refuses another format and says what to do', async () => {
    await (await writer()).close();
    const root = open({ path: directory.path, noSubdir: false, encoding: 'binary', overlappingSync: false });
    const facts = root.openDB<string, string>('facts', { encoding: 'string' });
    const found = JSON.parse(facts.get('log') ?? '') as object;
    expect(found).toMatchObject({ formatVersion: 2 });
    await facts.put('log', JSON.stringify({ ...found, formatVersion: 3 }));
    await root.close();
    const newer = { id: 'LOG_FORMAT', message: expect.stringContaining('has format 3; this release reads format 2') };
    await expect(writer()).rejects.toMatchObject(newer);
    const reading = openLmdbLog({ path: directory.path, partitionCount: 4, mode: 'reader' });
    await expect(reading).rejects.toMatchObject(newer);
  });

  it('reserves addresses for twice its limit, so that its file never has to be mapped anew while it is read', async () => {
    const gib = 2 ** 30;
    const limits = [{}, { maxBytes: 1e6 }, { maxBytes: 9 * gib }];
    const reserved = limits.map(async (limit, i) => {
      const path = `${directory.path}/${i}`;
      const log = await openLmdbLog({ path, partitionCount: 1, mode: 'writer', ...limit });
      // Within a process a directory is mapped once.
      const root = open({ path, noSubdir: false, encoding: 'binary', overlappingSync: false });
      const { mapSize } = root.getStats() as { readonly mapSize: number };
      await root.close();
      await log.close();
      return mapSize;
    });
    expect(await Promise.all(reserved)).toEqual([64 * gib, 16 * gib, 18 * gib]);
  });

  it('for reading measures its waits by the clock it is handed', async () => {
    await (await writer()).close();
    let nowMs = 0;
    const runtime = { ...systemRuntime, monotonicMs: () => nowMs++ };
    await using reading = await openLmdbLog({ path: directory.path, partitionCount: 4, mode: 'reader', runtime });
    await using reader = await reading.openReader(new Map([[0, 0]]));
    await reader.poll({ maxBytes: 1000, waitMs: 3 });
    // Every wait takes a millisecond of that clock, from before it to after it.
    expect(nowMs).toBe(6);
  });

  it('for reading needs one', async () => {
    const reading = openLmdbLog({ path: directory.path, partitionCount: 4, mode: 'reader' });
    await expect(reading).rejects.toMatchObject({ id: 'LOG_NOT_FOUND' });
  });

  it('for reading neither appends nor trims', async () => {
    await using log = await writer();
    const { flushState } = log;
    await using reading = await openLmdbLog({
      path: directory.path,
      partitionCount: 4,
      mode: 'reader',
      ...(flushState && { flushState }),
    });
    await expect(reading.append([record(0, 'x')])).rejects.toMatchObject({ id: 'LOG_MISUSE' });
    await expect(reading.trim(new Map())).rejects.toMatchObject({ id: 'LOG_MISUSE' });
    await log.append([record(2, 'x', 9)]);
    expect((await reading.extents([2])).get(2)).toEqual({ start: 0, end: 1, weight: 9 });
    for (let i = 0; i < 200; i++) await log.append([record(2, 'x', 1)]);
    expect((await reading.extents([2])).get(2)).toEqual({ start: 0, end: 201, weight: 209 });
    await log.trim(new Map([[2, 150]]));
    expect((await reading.extents([2])).get(2)).toEqual({ start: 128, end: 201, weight: 209 });
  });
});
