import { expect, it } from 'vitest';
import { createStoreTools, FIRST, type Harness, JULY, MINUTE_MS, pages } from './harness.ts';
import { rawRows } from './rows.ts';

/** Observations as they were sent. Defines tests of vitest. */
export function describeRawHistory(harness: () => Harness): void {
  const { history, temperatures } = createStoreTools(harness);

  it('returns raw rows as they were sent, each once, in pages', async () => {
    const at = JULY * MINUTE_MS;
    const samples = Array.from({ length: 25 }, (_, i) => ({
      cityId: 'raw',
      observedMs: at + Math.floor(i / 3),
      temperature: i % 4 === 0 ? undefined : i + 0.1,
      humidity: 0,
    }));
    await harness().store.writeRawRows(FIRST, [rawRows(7, samples)]);
    await harness().store.writeRawRows(FIRST, [rawRows(7, samples), rawRows(8, samples.slice(0, 3))]);
    const whole = await history('raw', { resolution: 'raw' });
    expect(whole).toHaveLength(28);
    expect(whole[0]).toMatchObject({
      startMs: at,
      count: 1,
      humidity: 0,
      position: { partition: 3, offset: 7, row: 0 },
    });
    expect(whole[0]?.temperature).toBeUndefined();
    expect(whole[0]?.heatIndex).toBeUndefined();
    expect(whole[1]?.temperature).toBe(1.1);
    const paged = await pages(
      (after) => history('raw', { resolution: 'raw', limit: 4, after }),
      (row) => ({ startMs: row.startMs, ...row.position }),
    );
    expect(paged).toEqual(whole);
  });

  it('keeps raw rows by their arrival, however old the readings are', async () => {
    const old = Date.UTC(1999, 0, 1);
    await harness().store.writeRawRows(FIRST, [rawRows(70, [{ cityId: 'replayed', observedMs: old, temperature: 4 }])]);
    await harness().optimize();
    const span = { fromMs: old, toMs: old + 1, resolution: 'raw' as const };
    expect(await temperatures('replayed', span)).toEqual([4]);
  });

  it('lets raw rows go when their time since arrival is over', async () => {
    const at = JULY * MINUTE_MS;
    const stampMs = Date.now() - 400 * 86_400_000;
    await harness().store.writeRawRows(FIRST, [
      rawRows(71, [{ cityId: 'expired', observedMs: at, temperature: 4, stampMs }]),
    ]);
    await harness().optimize();
    expect(await temperatures('expired', { resolution: 'raw' })).toEqual([]);
  });
}
