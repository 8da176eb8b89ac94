import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** A city's reading in an hour, NaN for what was not measured. */
export interface SampleReading {
  /** Index into the sample's cities. */
  readonly city: number;
  /** Hours since the epoch. */
  readonly hour: number;
  readonly temperature: number;
  readonly humidity: number;
  readonly windMps: number;
}

/** Hourly readings of cities, in order of time. */
export interface Sample {
  readonly cities: readonly string[];
  readonly readings: readonly SampleReading[];
}

/** Their readings repeat for long runs: nothing to measure skill on. */
const STUCK = new Set(['Beersheba', 'Tel Aviv District', 'Eilat', 'Haifa', 'Nahariyya', 'Jerusalem']);

/** Reads samples/<name>.csv.gz: city, time, temperature in °C, humidity in %, wind in m/s. */
export function readSample(name: string): Sample {
  const csv = gunzipSync(readFileSync(new URL(`../../../../samples/${name}.csv.gz`, import.meta.url))).toString();
  const cities: string[] = [];
  const indexes = new Map<string, number>();
  const value = (text: string | undefined) => (text === undefined || text === '' ? Number.NaN : Number(text));
  const readings: SampleReading[] = [];
  for (const line of csv.trimEnd().split('\n').slice(1)) {
    const [name = '', time = '', temperature, humidity, wind] = line.split(',');
    if (STUCK.has(name)) continue;
    let city = indexes.get(name);
    if (city === undefined) {
      city = cities.push(name) - 1;
      indexes.set(name, city);
    }
    readings.push({
      city,
      hour: Math.floor(Date.parse(time) / 3_600_000),
      temperature: value(temperature),
      humidity: Math.min(value(humidity), 100),
      windMps: value(wind),
    });
  }
  readings.sort((a, b) => a.hour - b.hour);
  return { cities, readings };
}
