import type { Catalogue, City } from '@isotherm/catalogue';
import type { Call } from '../call.ts';
import type { CityFinder } from './city-finder.ts';

/** Searches cities: those of the catalogue, those seen before, and a city that only its shard knows, by its exact id. */
export type CitySearch = (query: string, limit: number, call: Call) => Promise<readonly City[]>;

/** A search is worth waiting for only so long. */
const SHARD_WAIT_MS = 500;

/** Creates the search. */
export function createCitySearch(deps: { readonly catalogue: Catalogue; readonly finder: CityFinder }): CitySearch {
  const { catalogue, finder } = deps;
  return async (query, limit, call) => {
    const text = query.trim();
    if (text !== '' && catalogue.listed(text)?.cityId !== text) {
      // Found or not, away or not: the catalogue learns of the city if there is one.
      await finder.find([text], {}, { ...call, deadlineMs: Math.min(call.deadlineMs, Date.now() + SHARD_WAIT_MS) });
    }
    return catalogue.search(query, limit);
  };
}
