import { create } from '@bufbuild/protobuf';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type { Catalogue } from '@isotherm/catalogue';
import {
  type CityService,
  FindNearestCitiesResponseSchema,
  ListCitiesResponseSchema,
  SearchCitiesResponseSchema,
} from '@isotherm/contracts/city/v1/city_service';
import type { Call } from '../call.ts';
import { cityMessage } from '../cities/city-message.ts';
import type { CitySearch } from '../cities/city-search.ts';
import type { NearestCities } from '../cities/nearest-cities.ts';
import { decodePageToken, encodePageToken } from '../rpc/page-token.ts';

const DEFAULT_LIMIT = 10;
const DEFAULT_PAGE_SIZE = 1000;
const MAX_PAGE_SIZE = 50_000;

/** CityService over the catalogue. */
export function createCityService(deps: {
  readonly catalogue: Catalogue;
  readonly search: CitySearch;
  readonly nearest: NearestCities;
  callOf(context: HandlerContext): Call;
}): ServiceImpl<typeof CityService> {
  const { catalogue, search, callOf } = deps;
  return {
    async searchCities({ query, limit }, context) {
      const cities = await search(query, limit || DEFAULT_LIMIT, callOf(context));
      return create(SearchCitiesResponseSchema, { cities: cities.map(cityMessage) });
    },
    async findNearestCities({ latitude = 0, longitude = 0, limit, observedOnly }, context) {
      const query = { latitude, longitude, limit: limit || DEFAULT_LIMIT, observedOnly };
      const nearest = await deps.nearest(query, callOf(context));
      return create(FindNearestCitiesResponseSchema, {
        cities: nearest.map(({ city, distanceKm }) => ({ city: cityMessage(city), distanceKm })),
      });
    },
    listCities({ pageSize, pageToken }) {
      const size = Math.min(pageSize || DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE);
      const [offset = 0] = pageToken === '' ? [0] : decodePageToken('cities', pageToken, [Number.isSafeInteger]);
      const cities = catalogue.list(offset, size);
      const last = cities.length < size;
      return create(ListCitiesResponseSchema, {
        cities: cities.map(cityMessage),
        nextPageToken: last ? '' : encodePageToken('cities', [offset + size]),
      });
    },
  };
}
