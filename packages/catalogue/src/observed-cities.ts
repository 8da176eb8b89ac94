import { type City, unlistedCity } from './city.ts';
import { distanceWithin } from './edit-distance.ts';
import { foldName } from './fold-name.ts';
import { MATCH } from './name-index.ts';

/** Cities that producers send and the catalogue does not have. Their ids are their names. */
export interface ObservedCities {
  readonly cities: readonly City[];
  byId(cityId: string): City | undefined;
  /** The city whose id is folded like the name; of several the first one. */
  named(folded: string): City | undefined;
  /** Adds a city. @returns it, remembered or not. */
  add(cityId: string): City;
  /** Cities whose ids fit the folded query, with a value of {@link MATCH}; in the order they came. */
  find(query: string, options: { readonly limit: number; readonly errors: number }): Iterable<[City, number]>;
}

/** Remembers at most `max` cities; further ones are not. */
export function createObservedCities(max: number): ObservedCities {
  const cities: City[] = [];
  const folded: string[] = [];
  const indices = new Map<string, number>();
  const firstNamed = new Map<string, City>();

  function qualityOf(name: string, query: string, errors: number): number {
    if (name === query) return MATCH.exact;
    if (name.startsWith(query)) return MATCH.prefix;
    if (name.includes(` ${query}`)) return MATCH.word;
    if (errors === 0 || query.length < 3) return MATCH.none;
    const distance = distanceWithin(query, { text: name, start: 0, end: name.length }, errors);
    if (distance === undefined) return MATCH.none;
    return distance.whole <= errors ? MATCH.near + distance.whole : MATCH.nearPrefix + distance.prefix;
  }

  return {
    cities,
    byId: (cityId) => cities[indices.get(cityId) ?? -1],
    named: (name) => firstNamed.get(name),
    add(cityId) {
      const city = unlistedCity(cityId);
      if (cities.length >= max) return city;
      const name = foldName(cityId);
      indices.set(cityId, cities.length);
      cities.push(city);
      folded.push(name);
      if (!firstNamed.has(name)) firstNamed.set(name, city);
      return city;
    },
    find(query, { limit, errors }) {
      if (query === '') return [];
      const found: [City, number][] = [];
      folded.forEach((name, i) => {
        const quality = qualityOf(name, query, errors);
        if (quality < MATCH.none) found.push([cities[i]!, quality]);
      });
      return found.sort(([, a], [, b]) => a - b).slice(0, limit);
    },
  };
}
