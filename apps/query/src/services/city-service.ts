import { create } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import type { Catalogue } from '@isotherm/catalogue';
import {
  type CityService,
  FindNearestCitiesResponseSchema,
  ListCitiesResponseSchema,
  SearchCitiesResponseSchema,
} from '@isotherm/contracts/city/v1/city_service';
import { cityMessage } from '../cities/city-message.ts';
import { decodePageToken, encodePageToken } from '../rpc/page-token.ts';

const DEFAULT_LIMIT = 10;
const DEFAULT_PAGE_SIZE = 1000;

/** CityService over the catalogue. */
export function createCityService(catalogue: Catalogue): ServiceImpl<typeof CityService> {
  return {
    searchCities: ({ query, limit }) =>
      create(SearchCitiesResponseSchema, {
        cities: catalogue.search(query, limit || DEFAULT_LIMIT).map(cityMessage),
      }),
    findNearestCities({ latitude, longitude, limit }) {
      const nearest = catalogue.nearest(latitude, longitude, limit || DEFAULT_LIMIT);
      return create(FindNearestCitiesResponseSchema, {
        cities: nearest.map(({ city }) => cityMessage(city)),
        distancesKm: nearest.map(({ distanceKm }) => distanceKm),
      });
    },
    listCities({ pageSize, pageToken }) {
      const size = pageSize || DEFAULT_PAGE_SIZE;
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
