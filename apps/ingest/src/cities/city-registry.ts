import { partitionOf, partitionOfNumericId } from '@isotherm/placement';
import { CITY_STRING_BIT, numericCityRef, textDigest } from '@isotherm/records';

/** What rows need to know of their city. */
export interface CityFacts {
  /** The numeric id itself, or {@link CITY_STRING_BIT} | number among the cities with text ids of this process. */
  readonly ref: number;
  readonly partition: number;
  readonly digestLow: number;
  readonly digestHigh: number;
}

/** The cities this process has seen: each resolved once. */
export interface CityRegistry {
  /** Different cities known. */
  readonly size: number;
  /** Cities with text ids known. */
  readonly textCount: number;
  /** Facts of a valid id; undefined if the city is new and there are as many as allowed. */
  resolve(cityId: string): CityFacts | undefined;
  /** Text id of a city, by its number. */
  textOf(number: number): string;
}

/** Creates a registry of at most `maxCities` cities; a city more is refused. */
export function createCityRegistry(partitionCount: number, maxCities: number): CityRegistry {
  const cities = new Map<string, CityFacts>();
  const texts: string[] = [];
  return {
    get size() {
      return cities.size;
    },
    get textCount() {
      return texts.length;
    },
    resolve(cityId) {
      const known = cities.get(cityId);
      if (known !== undefined) return known;
      if (cities.size >= maxCities) return undefined;
      const numeric = numericCityRef(cityId);
      const [digestLow, digestHigh] = textDigest(cityId);
      const facts: CityFacts = {
        ref: numeric ?? CITY_STRING_BIT + (texts.push(cityId) - 1),
        partition:
          numeric === undefined ? partitionOf(cityId, partitionCount) : partitionOfNumericId(numeric, partitionCount),
        digestLow,
        digestHigh,
      };
      cities.set(cityId, facts);
      return facts;
    },
    textOf(number) {
      return texts[number]!;
    },
  };
}
