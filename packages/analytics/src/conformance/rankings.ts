import { expect, it } from 'vitest';
import type { RankQuery } from '../analytics-store.ts';
import { createStoreTools, FIRST, type Harness, JULY, MINUTE_MS } from './harness.ts';

/** What is asked of many cities at once. Defines tests of vitest. */
export function describeRankings(harness: () => Harness): void {
  const { write } = createStoreTools(harness);

  it('ranks cities by the mean of a metric, restricted to those asked for', async () => {
    const cities = ['r1', 'r2', 'r3', 'r4'];
    await write(80, [
      ...cities.flatMap((cityId, i) => [
        {
          cityId,
          minute: JULY + 2_880,
          temperature: i * 10,
          heatIndex: 30 - i,
          humidity: 50,
          wind: i === 3 ? undefined : i,
        },
        { cityId, minute: JULY + 2_881, temperature: i * 10 + 2, heatIndex: 30 - i, humidity: 50, wind: undefined },
      ]),
      { cityId: 'r1', minute: JULY + 2_882, temperature: 1_000, heatIndex: 1_000 },
    ]);
    const span = { fromMs: (JULY + 2_880) * MINUTE_MS, toMs: (JULY + 2_882) * MINUTE_MS, limit: 10 };
    const rank = (query: Partial<RankQuery>) =>
      harness().store.rank({ metric: 'temperature', ascending: false, cityIds: cities, ...span, ...query });
    const expected = [
      { cityId: 'r4', value: 31, count: 2 },
      { cityId: 'r3', value: 21, count: 2 },
      { cityId: 'r2', value: 11, count: 2 },
      { cityId: 'r1', value: 1, count: 2 },
    ];
    expect(await rank({})).toEqual(expected);
    await harness().rollUp();
    expect(await rank({})).toEqual(expected);
    const wide = { fromMs: (JULY + 2_870) * MINUTE_MS, toMs: (JULY + 2_900) * MINUTE_MS };
    expect((await rank(wide)).map((row) => [row.cityId, row.count])).toEqual([
      ['r1', 3],
      ['r4', 2],
      ['r3', 2],
      ['r2', 2],
    ]);
    expect((await rank({ metric: 'heatIndex', limit: 1 })).map((row) => row.cityId)).toEqual(['r1']);
    expect((await rank({ metric: 'wind', ascending: true })).map((row) => row.cityId)).toEqual(['r1', 'r2', 'r3']);
    expect((await rank({ metric: 'humidity' })).map((row) => row.cityId)).toEqual(cities);
    expect((await rank({ cityIds: ['r2', "r'3"] })).map((row) => row.cityId)).toEqual(['r2']);
    expect((await rank({ cityIds: undefined, limit: 1 })).map((row) => row.cityId)).toEqual(['r4']);
  });

  it('counts rows, observations and dead letters once in its totals', async () => {
    const letter = {
      partition: 2,
      offset: 11,
      row: 4,
      reason: 3,
      message: "a sentence with 'quotes' and ünïcode",
      cityId: 'nowhere',
      tenant: 't',
      producerId: 'p',
      observedMs: undefined,
      firstSeenMs: JULY * MINUTE_MS,
      observation: Uint8Array.from([0, 255, 10, 13, 39]),
    };
    const before = await harness().store.totals();
    await write(90, [{ cityId: 'counted', minute: JULY, temperature: 1, count: 3 }]);
    await write(91, [{ cityId: 'counted', minute: JULY, temperature: 1, count: 5 }]);
    await harness().store.writeDeadLetters(FIRST, [letter, { ...letter, row: 5, observedMs: 12 }]);
    await harness().store.writeDeadLetters(FIRST, [letter]);
    const after = await harness().store.totals();
    expect(after.minuteRows - before.minuteRows).toBe(1);
    expect(after.observations - before.observations).toBe(5);
    expect(after.deadLetters - before.deadLetters).toBe(2);
    expect(after.bytesOnDisk).toBeGreaterThan(0);
    await harness().rollUp();
    expect(await harness().store.totals()).toMatchObject({
      minuteRows: after.minuteRows,
      observations: after.observations,
    });
  });
}
