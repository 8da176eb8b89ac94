import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnalyticsStore, HistoryQuery, HistoryRow } from '../analytics-store.ts';
import { describeDeadLetters } from './dead-letter-conformance.ts';
import { minuteRows, rawRows, type SampleMinute } from './rows.ts';

/** A store to be examined, freshly made and empty. */
export interface Harness {
  readonly store: AnalyticsStore;
  /** Makes the engine merge what it has, now. */
  readonly optimize: () => Promise<void>;
  /** Rolls quarter-hours up, now. */
  readonly rollUp: () => Promise<void>;
  /** Releases everything, the store included. */
  readonly dispose: () => Promise<void>;
}

const FIRST = { incarnation: '00000190a0b0c0d0' };
const SECOND = { incarnation: '00000190a0b0c0d1' };
const MINUTE_MS = 60_000;
const JULY = Date.UTC(2026, 6, 1) / MINUTE_MS;

/** What every analytics store does, whatever keeps its rows. Defines tests of vitest. */
export function describeAnalyticsStore(name: string, open: () => Promise<Harness>): void {
  describe(name, () => {
    let harness: Harness;
    let store: AnalyticsStore;

    beforeAll(async () => {
      harness = await open();
      store = harness.store;
      await store.migrate();
    });
    afterAll(() => harness?.dispose());

    const write = (offset: number, samples: readonly SampleMinute[], origin = FIRST) =>
      store.writeMinuteRows(origin, [minuteRows(offset, samples)]);

    const history = (cityId: string, query: Partial<HistoryQuery> = {}) =>
      store.history({
        cityId,
        fromMs: (JULY - 1_440) * MINUTE_MS,
        toMs: (JULY + 14_400) * MINUTE_MS,
        resolution: 'minute',
        timeZone: 'UTC',
        limit: 1_000,
        after: undefined,
        ...query,
      });

    const temperatures = async (cityId: string, query: Partial<HistoryQuery> = {}) =>
      (await history(cityId, query)).map((row) => row.temperature);

    it('migrates as often as it is told to, and keeps what is there', async () => {
      await write(1, [{ cityId: 'migrated', minute: JULY, temperature: 1 }]);
      await store.migrate();
      await store.migrate();
      expect(await temperatures('migrated')).toEqual([1]);
    });

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
      await harness.optimize();
      expect(await all()).toEqual(before);
    });

    it('lets the higher offset win, whichever comes last', async () => {
      await write(9, [{ cityId: 'corrected', minute: JULY, temperature: 9 }]);
      await write(10, [{ cityId: 'corrected', minute: JULY, temperature: 10 }]);
      await write(8, [{ cityId: 'corrected', minute: JULY, temperature: 8 }]);
      expect(await temperatures('corrected')).toEqual([10]);
      expect(await temperatures('corrected', { resolution: 'hour' })).toEqual([10]);
      await harness.optimize();
      expect(await temperatures('corrected')).toEqual([10]);
    });

    it('lets a newer log outrank an older one at any offset', async () => {
      await write(3, [{ cityId: 'recreated', minute: JULY, temperature: 2 }], SECOND);
      await write(9_000_000, [{ cityId: 'recreated', minute: JULY, temperature: 1 }], FIRST);
      expect(await temperatures('recreated')).toEqual([2]);
      await harness.optimize();
      expect(await temperatures('recreated')).toEqual([2]);
    });

    it('counts a correction once in wider points, rolled up before, between and after', async () => {
      const minutes = [0, 5, 14, 15].map((i) => ({ cityId: 'once', minute: JULY + i, temperature: 10 }));
      const quarters = () => history('once', { resolution: 'quarterHour' });
      await write(20, minutes);
      await harness.rollUp();
      expect(await quarters()).toMatchObject([
        { count: 3, temperature: 10, temperatureMax: 10 },
        { count: 1, temperature: 10 },
      ]);
      await write(21, [{ cityId: 'once', minute: JULY + 5, temperature: 40, count: 2 }]);
      const corrected = [
        { count: 4, temperature: 25, temperatureMin: 10, temperatureMax: 40 },
        { count: 1, temperature: 10 },
      ];
      expect(await quarters()).toMatchObject(corrected);
      await harness.rollUp();
      expect(await quarters()).toMatchObject(corrected);
      await write(19, [{ cityId: 'once', minute: JULY + 5, temperature: -40 }]);
      await harness.rollUp();
      await harness.optimize();
      expect(await quarters()).toMatchObject(corrected);
      expect(await history('once', { resolution: 'day' })).toMatchObject([{ count: 5, temperature: 22 }]);
    });

    it('answers as a plain computation does, whatever was corrected, repeated and rolled up in between', async () => {
      const change = fc.record({
        minute: fc.integer({ min: 0, max: 70 }),
        offset: fc.integer({ min: 1, max: 9 }),
        rollUp: fc.boolean(),
      });
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
          const cityId = `model ${run++}`;
          const truth = new Map<number, SampleMinute & { readonly offset: number }>();
          for (const { minute, offset, rollUp } of changes) {
            const temperature = (minute * 7 + offset * 13) % 40;
            const sample = { cityId, minute: JULY + minute, temperature, offset };
            await write(offset, [sample]);
            if ((truth.get(sample.minute)?.offset ?? 0) <= offset) truth.set(sample.minute, sample);
            if (rollUp) await harness.rollUp();
          }
          for (const [resolution, width] of [
            ['quarterHour', 15],
            ['hour', 60],
            ['day', 1_440],
          ] as const) {
            const rows = await history(cityId, { resolution });
            expect(rows.map(({ startMs, count, temperature }) => ({ startMs, count, temperature }))).toEqual(
              buckets([...truth.values()], width),
            );
          }
        }),
        { numRuns: 6 },
      );
    });

    it('has days of the zone asked for, 23 and 25 hours long where clocks change', async () => {
      const days = async (zone: string, from: string, to: string) => {
        const fromMs = Date.parse(from);
        const toMs = Date.parse(to);
        const cityId = `days ${zone} ${from}`;
        const samples: SampleMinute[] = [];
        for (let at = fromMs; at < toMs; at += 15 * MINUTE_MS)
          samples.push({ cityId, minute: at / MINUTE_MS, temperature: 1 });
        await write(30, samples);
        const rows = await history(cityId, { fromMs, toMs, resolution: 'day', timeZone: zone });
        return rows.map((row) => [new Date(row.startMs).toISOString().slice(0, 16), row.count / 4]);
      };
      expect(await days('Europe/Berlin', '2026-03-27T23:00Z', '2026-03-30T22:00Z')).toEqual([
        ['2026-03-27T23:00', 24],
        ['2026-03-28T23:00', 23],
        ['2026-03-29T22:00', 24],
      ]);
      expect(await days('Europe/Berlin', '2026-10-23T22:00Z', '2026-10-26T23:00Z')).toEqual([
        ['2026-10-23T22:00', 24],
        ['2026-10-24T22:00', 25],
        ['2026-10-25T23:00', 24],
      ]);
      expect(await days('Asia/Kolkata', '2026-06-30T18:30Z', '2026-07-02T18:30Z')).toEqual([
        ['2026-06-30T18:30', 24],
        ['2026-07-01T18:30', 24],
      ]);
      expect(await days('Asia/Kathmandu', '2026-06-30T18:15Z', '2026-07-01T18:15Z')).toEqual([
        ['2026-06-30T18:15', 24],
      ]);
    });

    it('refuses a zone that does not exist', async () => {
      const wrong = history('nowhere', { resolution: 'day', timeZone: 'Mars/Olympus' });
      await expect(wrong).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', id: 'ANALYTICS_TIME_ZONE' });
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

    it('includes the start of a span and not its end', async () => {
      await write(
        50,
        [0, 1, 2].map((i) => ({ cityId: 'span', minute: JULY + i, temperature: i })),
      );
      const span = { fromMs: JULY * MINUTE_MS, toMs: (JULY + 2) * MINUTE_MS };
      expect(await temperatures('span', span)).toEqual([0, 1]);
      expect(await temperatures('span', { ...span, fromMs: span.fromMs + 1 })).toEqual([1]);
    });

    it('keeps cities apart whatever their ids say', async () => {
      const odd = ["it's", 'back\\slash', 'tab\there', 'Zürich 東京', 'x'.repeat(64), "'; DROP TABLE city_minutes --"];
      await write(
        60,
        odd.map((cityId, i) => ({ cityId, minute: JULY, temperature: i })),
      );
      for (const [i, cityId] of odd.entries()) expect(await temperatures(cityId), cityId).toEqual([i]);
    });

    it('returns raw rows as they were sent, each once, in pages', async () => {
      const at = JULY * MINUTE_MS;
      const samples = Array.from({ length: 25 }, (_, i) => ({
        cityId: 'raw',
        observedMs: at + Math.floor(i / 3),
        temperature: i % 4 === 0 ? undefined : i + 0.1,
        humidity: 0,
      }));
      await store.writeRawRows(FIRST, [rawRows(7, samples)]);
      await store.writeRawRows(FIRST, [rawRows(7, samples), rawRows(8, samples.slice(0, 3))]);
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
      await store.writeRawRows(FIRST, [rawRows(70, [{ cityId: 'replayed', observedMs: old, temperature: 4 }])]);
      await harness.optimize();
      const span = { fromMs: old, toMs: old + 1, resolution: 'raw' as const };
      expect(await temperatures('replayed', span)).toEqual([4]);
    });

    it('lets raw rows go when their time since arrival is over', async () => {
      const at = JULY * MINUTE_MS;
      const stampMs = Date.now() - 400 * 86_400_000;
      await store.writeRawRows(FIRST, [rawRows(71, [{ cityId: 'expired', observedMs: at, temperature: 4, stampMs }])]);
      await harness.optimize();
      expect(await temperatures('expired', { resolution: 'raw' })).toEqual([]);
    });

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
      const rank = (query: Partial<Parameters<typeof store.rank>[0]>) =>
        store.rank({ metric: 'temperature', ascending: false, cityIds: cities, ...span, ...query });
      const expected = [
        { cityId: 'r4', value: 31, count: 2 },
        { cityId: 'r3', value: 21, count: 2 },
        { cityId: 'r2', value: 11, count: 2 },
        { cityId: 'r1', value: 1, count: 2 },
      ];
      expect(await rank({})).toEqual(expected);
      await harness.rollUp();
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
        producerId: 'p',
        observedMs: undefined,
        firstSeenMs: JULY * MINUTE_MS,
        observation: Uint8Array.from([0, 255, 10, 13, 39]),
      };
      const before = await store.totals();
      await write(90, [{ cityId: 'counted', minute: JULY, temperature: 1, count: 3 }]);
      await write(91, [{ cityId: 'counted', minute: JULY, temperature: 1, count: 5 }]);
      await store.writeDeadLetters(FIRST, [letter, { ...letter, row: 5, observedMs: 12 }]);
      await store.writeDeadLetters(FIRST, [letter]);
      const after = await store.totals();
      expect(after.minuteRows - before.minuteRows).toBe(1);
      expect(after.observations - before.observations).toBe(5);
      expect(after.deadLetters - before.deadLetters).toBe(2);
      expect(after.bytesOnDisk).toBeGreaterThan(0);
      await harness.rollUp();
      expect(await store.totals()).toMatchObject({ minuteRows: after.minuteRows, observations: after.observations });
    });

    it('takes many writers at once', async () => {
      const writers = Array.from({ length: 20 }, (_, i) =>
        write(100 + i, [{ cityId: `writer ${i % 5}`, minute: JULY + i, temperature: i }]),
      );
      await Promise.all(writers);
      const rows = await Promise.all([0, 1, 2, 3, 4].map((i) => temperatures(`writer ${i}`)));
      expect(rows.flat().sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 20 }, (_, i) => i));
    });

    it('lets a caller go who no longer waits', async () => {
      const query = {
        cityId: 'gone',
        fromMs: 0,
        toMs: 1,
        resolution: 'minute',
        timeZone: 'UTC',
        limit: 1,
        after: undefined,
      } as const;
      await expect(store.history(query, AbortSignal.abort())).rejects.toMatchObject({ id: 'CANCELLED' });
    });

    describeDeadLetters(() => harness);

    it('refuses an origin that is none', async () => {
      const rows = minuteRows(1, [{ cityId: 'x', minute: JULY }]);
      await expect(store.writeMinuteRows({ incarnation: 'new' }, [rows])).rejects.toMatchObject({
        id: 'ANALYTICS_INCARNATION',
      });
    });
  });
}

/** Plain computation of wider points; widths in minutes. */
function buckets(samples: readonly SampleMinute[], width: number) {
  const byStart = new Map<number, number[]>();
  for (const { minute, temperature } of samples) {
    const startMs = Math.floor(minute / width) * width * MINUTE_MS;
    byStart.set(startMs, [...(byStart.get(startMs) ?? []), temperature as number]);
  }
  return [...byStart]
    .sort(([a], [b]) => a - b)
    .map(([startMs, values]) => ({
      startMs,
      count: values.length,
      temperature: values.reduce((sum, value) => sum + value, 0) / values.length,
    }));
}

type Cursor = NonNullable<HistoryQuery['after']>;

async function pages(
  read: (after: Cursor | undefined) => Promise<readonly HistoryRow[]>,
  cursor: (row: HistoryRow) => Cursor,
): Promise<HistoryRow[]> {
  const rows: HistoryRow[] = [];
  for (let after: Cursor | undefined; ; ) {
    const page = await read(after);
    const last = page.at(-1);
    if (last === undefined) return rows;
    rows.push(...page);
    after = cursor(last);
  }
}
