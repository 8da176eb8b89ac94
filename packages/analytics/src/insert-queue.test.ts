import { describe, expect, it } from 'vitest';
import type { EncodedRows } from './analytics-backend.ts';
import { createInsertQueue } from './insert-queue.ts';

const rows = (rowCount: number, byteLength = rowCount): EncodedRows => ({
  table: 'city_minutes',
  rowCount,
  bytes: new Uint8Array(byteLength),
  quarters: [],
});

/** An engine whose inserts end when told to. */
function manualEngine() {
  const inserts: { readonly pieces: number; readonly finish: (error?: Error) => void }[] = [];
  const insert = (_table: string, pieces: readonly Uint8Array[]) =>
    new Promise<void>((resolve, reject) => {
      inserts.push({ pieces: pieces.length, finish: (error) => (error === undefined ? resolve() : reject(error)) });
    });
  const next = async () => {
    while (inserts.length === 0) await Promise.resolve();
    return inserts.shift() as (typeof inserts)[number];
  };
  return { insert, next, inserts };
}

describe('insert queue', () => {
  it('gathers what arrives while an insert runs into the next one', async () => {
    const { insert, next } = manualEngine();
    const queue = createInsertQueue(insert, 'city_minutes', { maxRowsPerInsert: 100, maxPendingBytes: 1_000 });
    const writes = [1, 2, 3, 4].map((count) => queue.add(rows(count)));
    const first = await next();
    expect(first.pieces).toBe(1);
    first.finish();
    const second = await next();
    expect(second.pieces).toBe(3);
    second.finish();
    await Promise.all(writes);
    await queue.idle();
  });

  it('keeps an insert within its rows unless one write alone has more', async () => {
    const { insert, next } = manualEngine();
    const queue = createInsertQueue(insert, 'city_minutes', { maxRowsPerInsert: 100, maxPendingBytes: 10_000 });
    const writes = [500, 60, 40, 1].map((count) => queue.add(rows(count)));
    for (const pieces of [1, 2, 1]) {
      const running = await next();
      expect(running.pieces).toBe(pieces);
      running.finish();
    }
    await Promise.all(writes);
  });

  it('refuses the newest write past its bytes, and takes more once there is room', async () => {
    const { insert, next } = manualEngine();
    const queue = createInsertQueue(insert, 'city_minutes', { maxRowsPerInsert: 100, maxPendingBytes: 10 });
    const first = queue.add(rows(8));
    await expect(queue.add(rows(3))).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED', id: 'ANALYTICS_BUSY' });
    (await next()).finish();
    await first;
    const later = queue.add(rows(3));
    (await next()).finish();
    await later;
  });

  it('fails the writes of a failed insert and goes on with the rest', async () => {
    const { insert, next } = manualEngine();
    const queue = createInsertQueue(insert, 'city_minutes', { maxRowsPerInsert: 1, maxPendingBytes: 100 });
    const first = queue.add(rows(1));
    const second = queue.add(rows(1));
    const failed = expect(first).rejects.toThrow('disk');
    (await next()).finish(new Error('disk'));
    await failed;
    (await next()).finish();
    await second;
  });
});
