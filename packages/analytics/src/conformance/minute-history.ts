import { expect, it } from 'vitest';
import type { HistoryRow } from '../analytics-store.ts';
import { createStoreTools, FIRST, type Harness, JULY, MINUTE_MS, pages, SECOND } from './harness.ts';

/** Minutes as they are written, corrected and read. Defines tests of vitest. */
export function describeMinuteHistory(harness: () => Harness): void {
  const { write, history, temperatures } = createStoreTools(harness);

  it('returns a minute as it was written', async () => {
    await write(1, [
      { cityId: 'whole', minute: JULY, temperature: -12.34, humidity: 55.5, wind: 3.2, heatIndex: -12.5, count: 4 },
    ]);
    expect(await history('whole')).toEqual<HistoryRow[]>([
      {
        startMs: JULY * MINUTE_MS,
        count: 4,
        temperature: -12.34,
        temperatureMin: -12.34,
        temperatureMax: -12.34,
        humidity: 55.5,
        wind: 3.2,
        windMax: 3.2,
        heatIndex: -12.5,
        heatIndexMin: -12.5,
        heatIndexMax: -12.5,
        rolling5m: -12.5,
        rolling1h: -12.5,
        rolling24h: -12.5,
      },
    ]);
  });

  it('shows what was not measured as missing at every resolution, never as 0', async () => {
    await write(1, [
      { cityId: 'partial', minute: JULY, humidity: 0 },
      { cityId: 'partial', minute: JULY + 1, wind: 2 },
    ]);
    for (const resolution of ['minute', 'quarterHour', 'hour', 'day'] as const) {
      const [row] = await history('partial', { resolution });
      expect(row, resolution).toMatchObject({ humidity: 0 });
      for (const missing of ['temperature', 'temperatureMin', 'temperatureMax', 'heatIndex', 'heatIndexMin'] as const)
        expect(row?.[missing], `${missing} by ${resolution}`).toBeUndefined();
    }
    expect((await history('partial')).map((row) => row.wind)).toEqual([undefined, 2]);
  });

  it('answers the same after rows were written twice, before and after merging', async () => {
    const samples = [0, 1, 2].map((i) => ({ cityId: 'twice', minute: JULY + i, temperature: 10 + i }));
    await write(5, samples);
    const resolutions = ['minute', 'quarterHour', 'hour', 'day'] as const;
    const all = () => Promise.all(resolutions.map((resolution) => history('twice', { resolution })));
    const before = await all();
    await write(5, samples);
    expect(await all()).toEqual(before);
    await harness().optimize();
    expect(await all()).toEqual(before);
  });

  it('lets the higher offset win, whichever comes last', async () => {
    await write(9, [{ cityId: 'corrected', minute: JULY, temperature: 9 }]);
    await write(10, [{ cityId: 'corrected', minute: JULY, temperature: 10 }]);
    await write(8, [{ cityId: 'corrected', minute: JULY, temperature: 8 }]);
    expect(await temperatures('corrected')).toEqual([10]);
    expect(await temperatures('corrected', { resolution: 'hour' })).toEqual([10]);
    await harness().optimize();
    expect(await temperatures('corrected')).toEqual([10]);
  });

  it('lets a newer log outrank an older one at any offset', async () => {
    await write(3, [{ cityId: 'recreated', minute: JULY, temperature: 2 }], SECOND);
    await write(9_000_000, [{ cityId: 'recreated', minute: JULY, temperature: 1 }], FIRST);
    expect(await temperatures('recreated')).toEqual([2]);
    await harness().optimize();
    expect(await temperatures('recreated')).toEqual([2]);
  });

  it('includes the start of a span and not its end', async () => {
    await write(
      50,
      [0, 1, 2].map((i) => ({ cityId: 'span', minute: JULY + i, temperature: i })),
    );
    const span = { fromMs: JULY * MINUTE_MS, toMs: (JULY + 2) * MINUTE_MS };
    expect(await temperatures('span', span)).toEqual([0, 1]);
    expect(await temperatures('span', { ...span, fromMs: span.fromMs + 1 })).toEqual([1]);
  });

  it('pages through minutes and hours without skipping or repeating', async () => {
    const samples = Array.from({ length: 200 }, (_, i) => ({
      cityId: 'paged',
      minute: JULY + i,
      temperature: i / 100,
    }));
    await write(40, samples);
    for (const [resolution, points] of [
      ['minute', 200],
      ['quarterHour', 14],
      ['hour', 4],
    ] as const) {
      const whole = await history('paged', { resolution });
      const paged = await pages(
        (after) => history('paged', { resolution, limit: 7, after }),
        (row) => ({ startMs: row.startMs }),
      );
      expect(whole).toHaveLength(points);
      expect(paged).toEqual(whole);
    }
  });

  it('keeps cities apart whatever their ids say', async () => {
    const odd = ["it's", 'back\\slash', 'tab\there', 'Zürich 東京', 'x'.repeat(64), "'; DROP TABLE city_minutes --"];
    await write(
      60,
      odd.map((cityId, i) => ({ cityId, minute: JULY, temperature: i })),
    );
    for (const [i, cityId] of odd.entries()) expect(await temperatures(cityId), cityId).toEqual([i]);
  });
}
