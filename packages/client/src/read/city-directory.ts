import { errorFromConnect } from '../errors/from-connect.ts';
import type { Api } from './api-transport.ts';
import { type CallOptions, connectOptions } from './call-options.ts';
import { type City, cityOf } from './city.ts';

/** A city and how far away it is. */
export interface NearCity {
  readonly city: City;
  readonly distanceKm: number;
}

/** Finds cities. */
export interface CityDirectory {
  /** By name, beginning of a name, "name, country", or id; the largest first. Default limit 10, at most 100. */
  search(query: string, options?: CallOptions & { readonly limit?: number }): Promise<readonly City[]>;
  /** The closest first; with `observedOnly` only cities that have an observation. Default limit 10, at most 100. */
  nearest(
    place: { readonly latitude: number; readonly longitude: number },
    options?: CallOptions & { readonly limit?: number; readonly observedOnly?: boolean },
  ): Promise<readonly NearCity[]>;
  /** Every city, the largest first, fetched page by page. Default pageSize 1,000. */
  list(options?: CallOptions & { readonly pageSize?: number }): AsyncGenerator<City, void>;
}

/** The directory behind an API. */
export function createCityDirectory(api: Api): CityDirectory {
  const guard = <T>(call: Promise<T>) =>
    call.catch((error: unknown) => {
      throw errorFromConnect(error, api.target);
    });
  return {
    async search(query, options = {}) {
      const request = { query, limit: options.limit ?? 0 };
      return (await guard(api.cities.searchCities(request, connectOptions(options)))).cities.map(cityOf);
    },
    async nearest({ latitude, longitude }, options = {}) {
      const request = { latitude, longitude, limit: options.limit ?? 0, observedOnly: options.observedOnly ?? false };
      const { cities } = await guard(api.cities.findNearestCities(request, connectOptions(options)));
      return cities.map(({ city, distanceKm }) => ({ city: cityOf(city), distanceKm }));
    },
    async *list(options = {}) {
      let pageToken = '';
      do {
        const request = { pageSize: options.pageSize ?? 0, pageToken };
        const answer = await guard(api.cities.listCities(request, connectOptions(options)));
        yield* answer.cities.map(cityOf);
        pageToken = answer.nextPageToken;
      } while (pageToken !== '');
    },
  };
}
