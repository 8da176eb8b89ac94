import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { createForecaster } from './forecaster.ts';

const LEADS = [1, 3, 6, 12, 24];
const WARM_UP_HOURS = 60 * 24;
/** Hours between two issues that are scored: prime to 24, so that every hour of the day has its turn. */
const ISSUE_EVERY_HOURS = 5;
/** Their readings repeat for long runs: nothing to measure skill on. */
const STUCK = new Set(['Beersheba', 'Tel Aviv District', 'Eilat', 'Haifa', 'Nahariyya', 'Jerusalem']);

interface Reading {
  readonly slot: number;
  readonly hour: number;
  readonly temperature: number;
  readonly humidity: number;
  readonly wind: number;
}

/** Sums of absolute errors by lead, of hours that every model had a forecast for. */
interface Tally {
  count: number;
  chosen: number;
  persistence: number;
  sameHour: number;
  covered: number;
}

function readSample(): { readings: Reading[]; cities: string[] } {
  const csv = gunzipSync(readFileSync(new URL('../../../samples/owm36.csv.gz', import.meta.url))).toString();
  const cities: string[] = [];
  const slots = new Map<string, number>();
  const value = (text: string | undefined) => (text === undefined || text === '' ? Number.NaN : Number(text));
  const readings: Reading[] = [];
  for (const line of csv.trimEnd().split('\n').slice(1)) {
    const [city = '', time = '', temperature, humidity, wind] = line.split(',');
    if (STUCK.has(city)) continue;
    let slot = slots.get(city);
    if (slot === undefined) {
      slot = cities.push(city) - 1;
      slots.set(city, slot);
    }
    const hour = Date.parse(time) / 3_600_000;
    const rh = Math.min(value(humidity), 100);
    readings.push({ slot, hour, temperature: value(temperature), humidity: rh, wind: value(wind) });
  }
  return { readings, cities };
}

/** Runs through the year once: each hour scores the forecasts made for it before, is told, and forecasts anew. */
function evaluate() {
  const { readings, cities } = readSample();
  const forecaster = createForecaster();
  const start = Math.min(...readings.slice(0, 100).map((reading) => reading.hour)) + WARM_UP_HOURS;
  const tallies = LEADS.map((): Tally => ({ count: 0, chosen: 0, persistence: 0, sameHour: 0, covered: 0 }));
  const byCity = cities.map(() =>
    LEADS.map((): Tally => ({ count: 0, chosen: 0, persistence: 0, sameHour: 0, covered: 0 })),
  );
  const seen = cities.map(() => new Map<number, number>());
  const pending = cities.map(() => LEADS.map(() => new Map<number, { mean: number; low: number; high: number }>()));

  for (const { slot, hour, temperature, humidity, wind } of readings) {
    const history = seen[slot]!;
    const sameHour = history.get(hour - 24);
    LEADS.forEach((lead, i) => {
      const forecast = pending[slot]![i]!.get(hour);
      pending[slot]![i]!.delete(hour);
      const persisted = history.get(hour - lead);
      if (hour < start || Number.isNaN(temperature)) return;
      if (forecast === undefined || persisted === undefined || sameHour === undefined) return;
      for (const tally of [tallies[i]!, byCity[slot]![i]!]) {
        tally.count += 1;
        tally.chosen += Math.abs(forecast.mean - temperature);
        tally.persistence += Math.abs(persisted - temperature);
        tally.sameHour += Math.abs(sameHour - temperature);
        tally.covered += temperature >= forecast.low && temperature <= forecast.high ? 1 : 0;
      }
    });
    if (!Number.isNaN(temperature)) history.set(hour, temperature);
    forecaster.hourCompleted(slot, hour, temperature, humidity, wind);
    if (hour < start - 24 || hour % ISSUE_EVERY_HOURS !== 0 || Number.isNaN(temperature)) continue;
    forecaster.forecast(slot, LEADS).forEach((point, i) => {
      pending[slot]![i]!.set(hour + point.leadHours, {
        mean: point.temperatureCelsius,
        low: point.lowCelsius,
        high: point.highCelsius,
      });
    });
  }
  return { tallies, byCity, cities };
}

describe('forecasts of a real year of 30 cities, each made from the past alone', () => {
  let result: ReturnType<typeof evaluate>;
  beforeAll(() => {
    result = evaluate();
    const row = (name: string, value: (tally: Tally) => number) =>
      `${name.padEnd(22)}${result.tallies.map((tally) => value(tally).toFixed(3).padStart(8)).join('')}`;
    const lines = [
      `${'mean absolute error, °C'.padEnd(22)}${LEADS.map((lead) => `${lead} h`.padStart(8)).join('')}`,
      row('persistence', (tally) => tally.persistence / tally.count),
      row('same hour yesterday', (tally) => tally.sameHour / tally.count),
      row('forecast', (tally) => tally.chosen / tally.count),
      row('interval coverage', (tally) => tally.covered / tally.count),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  });

  /** In °C: what recursive least squares with 17 features a lead reaches on these data, or better. */
  it.each([
    [1, 0.5],
    [3, 1.03],
    [6, 1.58],
    [12, 2.08],
    [24, 2.55],
  ])('at %d h miss by less than %d °C', (lead, bar) => {
    const tally = result.tallies[LEADS.indexOf(lead)]!;
    expect(tally.chosen / tally.count).toBeLessThan(bar);
  });

  it.each(LEADS)(
    'at %d h are as good as the better simple one, over all and, but for a hair, in every city',
    (lead) => {
      const i = LEADS.indexOf(lead);
      const simple = (tally: Tally) => Math.min(tally.persistence, tally.sameHour) / tally.count;
      expect(result.tallies[i]!.chosen / result.tallies[i]!.count).toBeLessThanOrEqual(
        simple(result.tallies[i]!) * 1.001,
      );
      for (const city of result.byCity) {
        expect(city[i]!.chosen / city[i]!.count).toBeLessThanOrEqual(simple(city[i]!) * 1.02);
      }
    },
  );

  it.each(LEADS)('at %d h fall into their intervals 87 to 93 times in a hundred', (lead) => {
    const i = LEADS.indexOf(lead);
    const { covered, count } = result.tallies[i]!;
    expect(covered / count).toBeGreaterThan(0.87);
    expect(covered / count).toBeLessThan(0.93);
    for (const city of result.byCity) {
      expect(city[i]!.covered / city[i]!.count).toBeGreaterThan(0.86);
      expect(city[i]!.covered / city[i]!.count).toBeLessThan(0.94);
    }
  });
});
