import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** A city of the sample catalogue. */
export interface TestCity {
  readonly cityId: string;
  readonly name: string;
  readonly countryCode: string;
  readonly country: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly population: number;
  readonly timeZone: string;
  /** A number of its own, so that cities differ. */
  readonly phase: number;
}

const CATALOGUE = new URL('../../../samples/cities.csv.gz', import.meta.url);

/** The cities of samples/cities.csv.gz, largest first. */
export function loadTestCities(count = Number.POSITIVE_INFINITY): TestCity[] {
  const lines = gunzipSync(readFileSync(CATALOGUE)).toString('utf8').split('\n');
  const cities: TestCity[] = [];
  for (const line of lines.slice(1)) {
    if (cities.length >= count) break;
    const cells = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
      (m) => m[1]?.replaceAll('""', '"') ?? m[2] ?? '',
    );
    const [
      cityId = '',
      name = '',
      countryCode = '',
      country = '',
      ,
      ,
      latitude,
      longitude,
      population,
      timeZone = 'UTC',
    ] = cells;
    if (cityId === '') continue;
    cities.push({
      cityId,
      name,
      countryCode,
      country,
      latitude: Number(latitude),
      longitude: Number(longitude),
      population: Number(population),
      timeZone,
      phase: (Number(cityId) % 6283) / 1000,
    });
  }
  return cities;
}
