import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { SAMPLES_PATH } from '../../paths.ts';
import { createDemoWeather, type DemoReading } from './demo-weather.ts';
import { type Deviations, deviationsOf } from './deviations.ts';
import type { Place } from './great-circle.ts';
import { hourOfYear, loadRealSeries, type RealSeries } from './real-series.ts';

const HOUR_MS = 3_600_000;

/**
 * Monthly mean temperatures in °C, January to December: climatological normals 1991–2020 as the national weather
 * services publish them (World Weather Information Service of the WMO; for New York, NOAA). The last three places are
 * not among the normals that the weather is made of.
 */
const NORMALS: readonly (readonly [string, number, number, readonly number[]])[] = [
  ['Reykjavik', 64.13, -21.9, [0.7, 0.6, 1.2, 3.6, 6.7, 9.8, 11.6, 11.1, 8.4, 4.9, 2.3, 0.9]],
  ['Moscow', 55.75, 37.62, [-6.2, -5.9, -0.7, 6.9, 13.6, 17.3, 19.7, 17.6, 11.9, 5.8, -0.5, -4.4]],
  ['New York', 40.71, -74.0, [0.9, 2.2, 5.9, 12, 17.3, 22.2, 25.3, 24.5, 20.7, 14.4, 8.8, 3.9]],
  ['Cairo', 30.06, 31.25, [14, 15.1, 17.9, 21.7, 25.3, 27.7, 28.5, 28.4, 26.8, 24.1, 19.2, 15.4]],
  ['Delhi', 28.65, 77.23, [13.8, 17.6, 22.9, 29.1, 32.7, 33.3, 31.5, 30.4, 29.5, 26.2, 20.5, 15.6]],
  ['Lagos', 6.45, 3.39, [27.3, 28.5, 28.9, 28.4, 27.5, 26, 25.2, 25, 25.8, 26.5, 27.6, 27.6]],
  ['Singapore', 1.29, 103.85, [26.8, 27.3, 27.9, 28.2, 28.6, 28.5, 28.2, 28.1, 28, 27.9, 27.2, 26.8]],
  ['Sao Paulo', -23.55, -46.64, [23.1, 23.5, 22.5, 21.2, 18.4, 17.5, 17.2, 18.1, 19.1, 20.5, 21.2, 22.6]],
  ['Sydney', -33.87, 151.21, [23.5, 23.4, 22.1, 19.4, 16.6, 14.2, 13.4, 14.5, 17, 18.9, 20.4, 22.1]],
  ['Osaka', 34.69, 135.5, [6.2, 6.6, 9.9, 15.2, 20.1, 23.6, 27.7, 29, 25.2, 19.5, 13.8, 8.7]],
  ['Munich', 48.14, 11.58, [0.3, 1.4, 5.3, 9.9, 14.1, 17.4, 19.4, 19.1, 14.4, 9.6, 4.4, 1.3]],
  ['Montevideo', -34.9, -56.19, [23.4, 22.9, 21.1, 17.9, 14.5, 11.7, 11.1, 12.5, 14.1, 16.8, 19.5, 22]],
];

let real: RealSeries[];
let series: Deviations[];
beforeAll(async () => {
  real = await loadRealSeries(SAMPLES_PATH);
  series = deviationsOf(real);
});

const reading = (): DemoReading => ({ temperatureCenticelsius: 0, humidityCentipercent: 0, windCentimps: 0 });

/** Hourly temperatures of a year in °C. */
function year(place: Place, seed = 1, yearOf = 2026): number[] {
  const weather = createDemoWeather({ cities: [place], series, seed });
  const out = reading();
  return Array.from({ length: 8760 }, (_, hour) => {
    weather.reading(0, Date.UTC(yearOf, 0, 1) + hour * HOUR_MS, out);
    return out.temperatureCenticelsius / 100;
  });
}

function monthlyMeans(hours: readonly number[]): number[] {
  const sums = Array.from({ length: 12 }, () => ({ sum: 0, count: 0 }));
  for (const [hour, value] of hours.entries()) {
    const month = sums[new Date(Date.UTC(2026, 0, 1) + hour * HOUR_MS).getUTCMonth()]!;
    month.sum += value;
    month.count += 1;
  }
  return sums.map(({ sum, count }) => sum / count);
}

describe('demo weather', () => {
  it.each(NORMALS)('has monthly means within 4 °C of the normals in %s', (_, latitude, longitude, normals) => {
    const means = monthlyMeans(year({ latitude, longitude }));
    for (const [month, normal] of normals.entries()) {
      expect(Math.abs(means[month]! - normal), `month ${month + 1}`).toBeLessThan(4);
    }
  });

  it('warms from morning to afternoon by the sun of the place, wherever it lies', () => {
    for (const longitude of [-120, -40, 0, 60, 140]) {
      const hours = year({ latitude: 35, longitude });
      const byHour = Array.from({ length: 24 }, (_, hour) =>
        hours.filter((__, index) => index % 24 === hour).reduce((sum, value) => sum + value, 0),
      );
      const warmest = (byHour.indexOf(Math.max(...byHour)) + longitude / 15 + 24) % 24;
      expect(warmest, `longitude ${longitude}`).toBeGreaterThan(12);
      expect(warmest, `longitude ${longitude}`).toBeLessThan(18);
    }
  });

  it('plays the real course of a city that was sampled: its ups and downs hour by hour', () => {
    const chicago = real.find(({ name }) => name === 'Chicago')!;
    const played = year(chicago);
    const hourly = chicago.temperatureCelsius;
    const first = hourOfYear(Date.UTC(2026, 4, 1));
    for (let hour = first; hour < first + 24 * 30; hour += 1) {
      const expected = hourly[hour + 1]! - hourly[hour]!;
      // The sensor's unrest and the slow course of the season are what may differ.
      if (!Number.isNaN(expected)) expect(played[hour + 1]! - played[hour]!).toBeCloseTo(expected, -0.3);
    }
  });

  it('is a function of city, time and seed: the order of questions does not matter', () => {
    const cities = NORMALS.map(([, latitude, longitude]) => ({ latitude, longitude }));
    const forwards = createDemoWeather({ cities, series, seed: 5 });
    const anyhow = createDemoWeather({ cities, series, seed: 5 });
    const questions = fc.array(
      fc.tuple(fc.nat(cities.length - 1), fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2030, 0, 1) })),
      { minLength: 1, maxLength: 50 },
    );
    const ask = (weather: ReturnType<typeof createDemoWeather>, city: number, timeMs: number) => {
      const out = reading();
      weather.reading(city, timeMs, out);
      return out;
    };
    fc.assert(
      fc.property(questions, (asked) => {
        const sorted = [...asked].sort(([, a], [, b]) => a - b);
        const answers = new Map(sorted.map(([city, time]) => [`${city} ${time}`, ask(forwards, city, time)]));
        for (const [city, time] of asked) expect(ask(anyhow, city, time)).toEqual(answers.get(`${city} ${time}`));
      }),
      { numRuns: 50 },
    );
    const other = createDemoWeather({ cities, series, seed: 6 });
    const times = Array.from({ length: 20 }, (_, index) => Date.UTC(2026, 5, 1) + index * 60_000);
    expect(
      times.some(
        (time) => ask(other, 0, time).temperatureCenticelsius !== ask(forwards, 0, time).temperatureCenticelsius,
      ),
    ).toBe(true);
  });

  it('stays within what a sensor can report, anywhere and at any time', () => {
    const place = fc.record({
      latitude: fc.double({ min: -90, max: 90, noNaN: true }),
      longitude: fc.double({ min: -180, max: 180, noNaN: true }),
    });
    const time = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2100, 0, 1) });
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 5 }), time, (cities, timeMs) => {
        const weather = createDemoWeather({ cities, series });
        for (const city of cities.keys()) {
          const out = reading();
          weather.reading(city, timeMs, out);
          expect(out.temperatureCenticelsius).toBeGreaterThanOrEqual(-7000);
          expect(out.temperatureCenticelsius).toBeLessThanOrEqual(5400);
          expect(out.humidityCentipercent % 10).toBe(0);
          expect(out.humidityCentipercent).toBeGreaterThanOrEqual(300);
          expect(out.humidityCentipercent).toBeLessThanOrEqual(10_000);
          expect(out.windCentimps).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('is alike in places that lie close together', () => {
    const out = reading();
    for (const [, latitude, longitude] of NORMALS) {
      const cities = [
        { latitude, longitude },
        { latitude: latitude + 0.1, longitude: longitude + 0.1 },
      ];
      const weather = createDemoWeather({ cities, series });
      for (let day = 0; day < 365; day += 7) {
        const [here, there] = cities.map((_, city) => {
          weather.reading(city, Date.UTC(2026, 0, 1 + day, 12), out);
          return out.temperatureCenticelsius;
        });
        expect(Math.abs(here! - there!)).toBeLessThan(300);
      }
    }
  });
});
