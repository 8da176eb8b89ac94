import { create } from '@bufbuild/protobuf';
import {
  Metric,
  MetricSchema,
  QueryHistoryRequestSchema,
  RankCitiesRequestSchema,
  Resolution,
  ResolutionSchema,
} from '@isotherm/contracts/analytics/v1/analytics_service';
import { FindNearestCitiesRequestSchema, SearchCitiesRequestSchema } from '@isotherm/contracts/city/v1/city_service';
import { GetCurrentRequestSchema, GetForecastRequestSchema } from '@isotherm/contracts/forecast/v1/forecast_service';
import type { Call } from '../call.ts';
import { cityMessage } from '../cities/city-message.ts';
import type { CitySearch } from '../cities/city-search.ts';
import type { NearestCities } from '../cities/nearest-cities.ts';
import type { LetterReads } from '../dead-letters/letter-reads.ts';
import { invalidRequest, validated } from '../rpc/validation.ts';
import type { AnalyticsReads } from '../services/analytics-service.ts';
import type { ForecastReads } from '../services/forecast-reads.ts';
import { getStatus, type PlatformDeps } from '../services/platform-service.ts';
import { deadLetterEndpoints } from './dead-letter-endpoints.ts';
import type { Endpoint } from './endpoint.ts';
import { historyJson, rankJson } from './history-json.ts';
import { cityJson, currentJson, forecastJson, rounded } from './json-answers.ts';
import type { QueryParameters } from './query-parameters.ts';
import { statusJson } from './status-json.ts';

/** What {@link createEndpoints} needs. */
export interface EndpointDeps {
  readonly reads: ForecastReads;
  readonly analyticsReads: AnalyticsReads;
  readonly deadLetters: LetterReads;
  readonly search: CitySearch;
  readonly nearest: NearestCities;
  readonly platform: PlatformDeps;
}

const UNITS = ['units', 'wind'];
const DEFAULT_CITIES = 10;
const SPAN_NAMES = { start_time: 'from', start_date: 'from', end_time: 'to', end_date: 'to' };

/** The URLs under /v1. */
export function createEndpoints({
  reads,
  analyticsReads,
  deadLetters,
  search,
  nearest,
  platform,
}: EndpointDeps): readonly Endpoint[] {
  return [
    {
      path: '/v1/current/',
      parameters: UNITS,
      names: { 'cities[0]': 'city' },
      async answer({ city, parameters }, call) {
        const request = create(GetCurrentRequestSchema, { cities: [city], units: parameters.units() });
        const { conditions } = await reads.getCurrent(validated(GetCurrentRequestSchema, request), call);
        return { json: currentJson(conditions[0]!), maxAgeSeconds: 1 };
      },
    },
    {
      path: '/v1/forecast/',
      parameters: [...UNITS, 'hours'],
      async answer({ city, parameters }, call) {
        const hours = parameters.count('hours');
        const request = create(GetForecastRequestSchema, { city, hours, units: parameters.units() });
        const forecast = await reads.getForecast(validated(GetForecastRequestSchema, request), call);
        return { json: forecastJson(forecast), maxAgeSeconds: 30 };
      },
    },
    {
      path: '/v1/history/',
      parameters: [...UNITS, 'from', 'to', 'resolution', 'time_zone', 'page_size', 'page_token'],
      names: SPAN_NAMES,
      async answer({ city, parameters }, call) {
        const request = create(QueryHistoryRequestSchema, {
          city,
          ...spanOf(parameters),
          resolution: parameters.enumValue('resolution', ResolutionSchema) ?? Resolution.UNSPECIFIED,
          units: parameters.units(),
          timeZone: parameters.text('time_zone'),
          pageSize: parameters.count('page_size'),
          pageToken: parameters.text('page_token'),
        });
        const history = await analyticsReads.queryHistory(validated(QueryHistoryRequestSchema, request), call);
        return { json: historyJson(history), maxAgeSeconds: 5 };
      },
    },
    {
      path: '/v1/rank',
      parameters: [...UNITS, 'metric', 'order', 'from', 'to', 'time_zone', 'limit', 'country'],
      names: { ...SPAN_NAMES, country_code: 'country' },
      async answer({ parameters }, call) {
        const request = create(RankCitiesRequestSchema, {
          metric: parameters.enumValue('metric', MetricSchema) ?? Metric.HEAT_INDEX,
          ascending: parameters.choice('order', { desc: false, asc: true }) ?? false,
          ...spanOf(parameters),
          limit: parameters.count('limit'),
          timeZone: parameters.text('time_zone'),
          countryCode: parameters.text('country'),
          units: parameters.units(),
        });
        const ranking = await analyticsReads.rankCities(validated(RankCitiesRequestSchema, request), call);
        return { json: rankJson(ranking), maxAgeSeconds: 5 };
      },
    },
    {
      path: '/v1/cities',
      parameters: ['q', 'lat', 'lon', 'observed', 'limit'],
      names: { query: 'q', latitude: 'lat', longitude: 'lon' },
      async answer({ parameters }, call) {
        return { json: { cities: await findCities({ search, nearest }, parameters, call) }, maxAgeSeconds: 60 };
      },
    },
    ...deadLetterEndpoints(deadLetters),
    {
      path: '/v1/status',
      parameters: [],
      async answer(_request, call) {
        return { json: statusJson(await getStatus(platform, call)), maxAgeSeconds: 0 };
      },
    },
  ];
}

function spanOf(parameters: QueryParameters) {
  const from = parameters.instantOrDay('from');
  const to = parameters.instantOrDay('to');
  return {
    ...(from.time !== undefined && { startTime: from.time }),
    ...(to.time !== undefined && { endTime: to.time }),
    startDate: from.date ?? '',
    endDate: to.date ?? '',
  };
}

async function findCities(
  { search, nearest }: Pick<EndpointDeps, 'search' | 'nearest'>,
  parameters: QueryParameters,
  call: Call,
): Promise<unknown[]> {
  const query = parameters.text('q');
  const latitude = parameters.number('lat');
  const longitude = parameters.number('lon');
  const limit = parameters.count('limit');
  if (latitude !== undefined && longitude !== undefined && query === '') {
    const observedOnly = parameters.choice('observed', { true: true, false: false }) ?? false;
    validated(FindNearestCitiesRequestSchema, create(FindNearestCitiesRequestSchema, { latitude, longitude, limit }), {
      latitude: 'lat',
      longitude: 'lon',
    });
    const query = { latitude, longitude, limit: limit || DEFAULT_CITIES, observedOnly };
    return (await nearest(query, call)).map(({ city, distanceKm }) => ({
      ...cityJson(cityMessage(city)),
      distance_km: rounded(distanceKm),
    }));
  }
  if (query === '' || latitude !== undefined || longitude !== undefined) {
    throw invalidRequest([{ field: 'q', description: 'give either q (a name or id), or both lat and lon' }]);
  }
  validated(SearchCitiesRequestSchema, create(SearchCitiesRequestSchema, { query, limit }));
  return (await search(query, limit || DEFAULT_CITIES, call)).map((city) => cityJson(cityMessage(city)));
}
