import { systemRuntime } from '@isotherm/runtime';
import { describe, expect, it } from 'vitest';
import { createHeldStore, type HeldStore } from '../../test-support/held-store.ts';
import { useDirectory } from '../../test-support/temporary-log.ts';
import { readAll, record } from '../conformance/log-harness.ts';
import { offsetsOf } from '../record-outcomes.ts';
import { createFlushBuffer, createFlushPublisher } from './flush-state.ts';
import { createLmdbLog, type LmdbLog } from './lmdb-log.ts';
import { createLmdbWriter } from './lmdb-writer.ts';
import { createPartitionVector } from './partition-vector.ts';

const directory = useDirectory();
const NOW_MS = 1_750_000_000_000;

function openOver(store: HeldStore): { readonly log: LmdbLog; readonly fencings: Error[] } {
  const fencings: Error[] = [];
  const flush = createFlushPublisher(`${directory.path}/published`, createFlushBuffer());
  const writer = createLmdbWriter(store, flush, {
    sequence: 0,
    vector: createPartitionVector(2),
    indexFirst: false,
    maxBytes: Number.POSITIVE_INFINITY,
    maxPendingBytes: 1_000_000,
    onFenced: (error) => fencings.push(error),
    nextStamp: () => NOW_MS,
  });
  const facts = { formatVersion: 2, incarnation: '0'.repeat(16), partitionCount: 2, settings: '' };
  return {
    log: createLmdbLog({
      store,
      facts,
      flush,
      flushState: flush.shared,
      writer,
      runtime: systemRuntime,
      release: () => {},
    }),
    fencings,
  };
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const turn = new Promise((resolve) => setImmediate(resolve, 'turn'));
  return (await Promise.race([promise, turn])) !== 'turn';
}

describe('a commit', () => {
  it('is seen by nobody before it is synced', async () => {
    const store = createHeldStore();
    const { log } = openOver(store);
    const reader = await log.openReader(new Map([[0, 0]]));
    const appended = log.append([record(0, 'a', 3)]);
    expect(await isSettled(appended)).toBe(false);
    expect((await log.extents([0])).get(0)).toEqual({ start: 0, end: 0, weight: 0 });
    expect((await reader.poll({ maxBytes: 1000, waitMs: 0 })).entries).toEqual([]);
    expect(await log.readAt(0, 0)).toBeUndefined();
    await expect(log.openReader(new Map([[0, 1]]))).rejects.toMatchObject({ id: 'LOG_BEYOND_END' });
    const polled = reader.poll({ maxBytes: 1000 });
    expect(await isSettled(polled)).toBe(false);
    store.sync(0);
    expect(await appended).toEqual([{ kind: 'kept', offset: 0, appendMs: NOW_MS }]);
    expect((await polled).entries).toHaveLength(1);
    expect((await log.extents([0])).get(0)).toEqual({ start: 0, end: 1, weight: 3 });
    await log.close();
  });

  it('is not published before those that were appended earlier', async () => {
    const store = createHeldStore();
    const { log } = openOver(store);
    const appends = ['a', 'b', 'c'].map((text) => log.append([record(1, text)]));
    store.sync(2);
    store.sync(1);
    expect(await Promise.all(appends.map(isSettled))).toEqual([false, false, false]);
    expect((await log.extents([1])).get(1)?.end).toBe(0);
    store.sync(0);
    expect((await Promise.all(appends)).map(offsetsOf)).toEqual([[0], [1], [2]]);
    expect(await readAll(log, new Map([[1, 0]]))).toEqual(['1/0 a', '1/1 b', '1/2 c']);
    await log.close();
  });

  it('that fails fences the log: it and those under way are unknown, later appends reject, readers go on with what is durable', async () => {
    const store = createHeldStore();
    const { log, fencings } = openOver(store);
    const kept = log.append([record(0, 'kept')]);
    const lost = log.append([record(0, 'lost')]);
    const after = log.append([record(0, 'after')]);
    store.sync(0);
    await kept;
    const cause = new Error('Input/output error');
    store.fail(1, cause);
    expect(await lost).toEqual([{ kind: 'unknown', error: expect.objectContaining({ id: 'LOG_FENCED', cause }) }]);
    expect(await after).toEqual([{ kind: 'unknown', error: expect.objectContaining({ id: 'LOG_FENCED' }) }]);
    store.sync(2);
    await expect(log.append([record(0, 'more')])).rejects.toMatchObject({ id: 'LOG_FENCED', code: 'UNAVAILABLE' });
    expect(fencings).toHaveLength(1);
    expect(await readAll(log, new Map([[0, 0]]))).toEqual(['0/0 kept']);
    await log.close();
  });
});
