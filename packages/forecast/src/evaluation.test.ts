import { beforeAll, describe, expect, it } from 'vitest';
import { type Evaluation, evaluate, SCORED_LEADS, type Tally } from './testing/evaluate.ts';
import { readSample } from './testing/read-sample.ts';

const simple = ({ persistence, sameHour, count }: Tally) => Math.min(persistence, sameHour) / count;
const mae = ({ forecast, count }: Tally) => forecast / count;

/*
 * Each hour is forecast from the past alone, each city by a forecaster of its own: as deployed, where a partition holds
 * few cities of a small set.
 */
describe.each([
  // In °C: what was measured, rounded up.
  { name: 'owm36', bars: [0.51, 1.04, 1.59, 2.12, 2.57], heatBars: [0.93, 1.42, 1.82, 2.17, 2.29] },
  { name: 'nyc3', bars: [0.53, 1.01, 1.49, 2.01, 2.59], heatBars: [0.79, 1.28, 1.78, 2.43, 3.09] },
])('forecasts of a real year of $name', ({ name, bars, heatBars }) => {
  let result: Evaluation;
  beforeAll(() => {
    result = evaluate(readSample(name));
  }, 600_000);

  it.each(SCORED_LEADS.map((lead, i) => ({ lead, i })))('at $lead h', ({ i }) => {
    const [temperature, heat] = [result.temperature[i]!, result.heatIndex[i]!];
    expect.soft(mae(temperature), 'temperature').toBeLessThan(bars[i]!);
    expect.soft(mae(heat), 'heat index').toBeLessThan(heatBars[i]!);
    expect.soft(mae(temperature)).toBeLessThan(simple(temperature));
    expect.soft(mae(heat)).toBeLessThan(simple(heat));
    for (const city of result.byCity) expect.soft(mae(city[i]!)).toBeLessThanOrEqual(simple(city[i]!));
    // Few hours of a city are warm: luck is a few per cent.
    for (const city of result.heatIndexByCity) {
      if (city[i]!.count >= 20) expect.soft(mae(city[i]!)).toBeLessThanOrEqual(simple(city[i]!) * 1.06);
    }
    const coverage = ({ covered, count }: Tally) => covered / count;
    expect.soft(coverage(temperature)).toBeGreaterThan(0.87);
    expect.soft(coverage(temperature)).toBeLessThan(0.93);
    for (const phase of result.byPhase[i]!) {
      expect.soft(coverage(phase), 'part of the day').toBeGreaterThan(0.84);
      expect.soft(coverage(phase), 'part of the day').toBeLessThan(0.94);
    }
  });

  it('an hour ahead are better than the same change as yesterday', () => {
    const [oneHour] = result.temperature;
    expect(mae(oneHour!)).toBeLessThan(oneHour!.diurnal / oneHour!.count);
  });
});
