import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createStoreTools, type Harness, JULY, MINUTE_MS } from './harness.ts';
import type { SampleMinute } from './rows.ts';

/** Quarter-hours, hours and days of minutes. Defines tests of vitest. */
export function describeWiderHistory(harness: () => Harness): void {
  const { write, history } = createStoreTools(harness);

  it('counts a correction once in wider points, rolled up before, between and after', async () => {
    const minutes = [0, 5, 14, 15].map((i) => ({ cityId: 'once', minute: JULY + i, temperature: 10 }));
    const quarters = () => history('once', { resolution: 'quarterHour' });
    await write(20, minutes);
    await harness().rollUp();
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
    await harness().rollUp();
    expect(await quarters()).toMatchObject(corrected);
    await write(19, [{ cityId: 'once', minute: JULY + 5, temperature: -40 }]);
    await harness().rollUp();
    await harness().optimize();
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
          if (rollUp) await harness().rollUp();
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
    expect(await days('Asia/Kathmandu', '2026-06-30T18:15Z', '2026-07-01T18:15Z')).toEqual([['2026-06-30T18:15', 24]]);
  });

  it('refuses a zone that does not exist', async () => {
    const wrong = history('nowhere', { resolution: 'day', timeZone: 'Mars/Olympus' });
    await expect(wrong).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', id: 'ANALYTICS_TIME_ZONE' });
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
