import { partitionOf, partitionOfNumericId } from '@isotherm/placement';
import { CITY_STRING_BIT, numericCityRef, textDigest } from '@isotherm/records';

/** What rows need to know of their city to be assigned to a slice. */
export interface CityFacts {
  readonly partition: number;
  readonly digestLow: number;
  readonly digestHigh: number;
}

/** A city that rows were accepted of. */
export interface KnownCity extends CityFacts {
  /** The numeric id itself, or {@link CITY_STRING_BIT} | number among the cities with text ids of this process. */
  readonly ref: number;
  /** Its number among the cities of this process, from 0. */
  readonly number: number;
}

/** A limit that keeps a city out. */
export interface CityLimit {
  readonly setting: 'maxCities' | 'limits.maxCities';
  readonly limit: number;
}

/** The cities that this process has accepted rows of, and which tenant was the first to send each. */
export interface CityRegistry {
  /** Different cities known. */
  readonly size: number;
  /** Cities with text ids known. */
  readonly textCount: number;
  /** The city, if rows of it were accepted before. */
  known(cityId: string): KnownCity | undefined;
  /** Facts of a valid id; nothing is remembered. */
  factsOf(cityId: string): CityFacts;
  /** Remembers a city that a tenant sends an accepted row of; undefined if it is new and a limit keeps it out. */
  admit(tenant: string, cityId: string, facts: CityFacts): KnownCity | undefined;
  /** The limit that keeps new cities of a tenant out. Meant for after a refusal. */
  limitOf(tenant: string): CityLimit;
  /** Cities that a tenant was the first to send. */
  countOf(tenant: string): number;
  /** Text id of a city, by its number. */
  textOf(number: number): string;
}

/** Options of {@link createCityRegistry}. */
export interface CityRegistryOptions {
  readonly partitionCount: number;
  /** Cities of all tenants. */
  readonly maxCities: number;
  /** Cities that a tenant may be the first to send; 0 is no limit. */
  readonly maxCitiesOf: (tenant: string) => number;
}

/** Creates an empty registry. */
export function createCityRegistry({ partitionCount, maxCities, maxCitiesOf }: CityRegistryOptions): CityRegistry {
  const cities = new Map<string, KnownCity>();
  const counts = new Map<string, number>();
  const texts: string[] = [];

  function isFull(tenant: string): boolean {
    const own = maxCitiesOf(tenant);
    return cities.size >= maxCities || (own > 0 && (counts.get(tenant) ?? 0) >= own);
  }

  return {
    get size() {
      return cities.size;
    },
    get textCount() {
      return texts.length;
    },
    known: (cityId) => cities.get(cityId),
    factsOf(cityId) {
      const numeric = numericCityRef(cityId);
      const [digestLow, digestHigh] = textDigest(cityId);
      return {
        partition:
          numeric === undefined ? partitionOf(cityId, partitionCount) : partitionOfNumericId(numeric, partitionCount),
        digestLow,
        digestHigh,
      };
    },
    admit(tenant, cityId, { partition, digestLow, digestHigh }) {
      const known = cities.get(cityId);
      if (known !== undefined) return known;
      if (isFull(tenant)) return undefined;
      const ref = numericCityRef(cityId) ?? CITY_STRING_BIT + (texts.push(cityId) - 1);
      const city = { ref, partition, digestLow, digestHigh, number: cities.size };
      cities.set(cityId, city);
      counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
      return city;
    },
    limitOf(tenant) {
      if (cities.size >= maxCities) return { setting: 'maxCities', limit: maxCities };
      return { setting: 'limits.maxCities', limit: maxCitiesOf(tenant) };
    },
    countOf: (tenant) => counts.get(tenant) ?? 0,
    textOf: (number) => texts[number]!,
  };
}
