import { create } from '@bufbuild/protobuf';
import type { AnalyticsStore, RankMetric } from '@isotherm/analytics';
import type { Catalogue } from '@isotherm/catalogue';
import {
  Metric,
  type RankCitiesRequest,
  type RankCitiesResponse,
  RankCitiesResponseSchema,
} from '@isotherm/contracts/analytics/v1/analytics_service';
import { type AnswerUnits, answerUnits } from '../answers/answer-units.ts';
import type { Call, Clock } from '../call.ts';
import { cityMessage } from '../cities/city-message.ts';
import { invalidRequest } from '../rpc/validation.ts';
import { checkedZone } from './checked-zone.ts';
import type { SharedReads } from './shared-reads.ts';
import { timeSpan } from './time-span.ts';

/** What rankings are read from. */
export interface RankDeps {
  readonly analytics: AnalyticsStore;
  readonly catalogue: Catalogue;
  readonly shared: SharedReads;
  readonly clock: Clock;
  isDemo(cityId: string): boolean;
}

const HOUR_MS = 3_600_000;
const MAX_SPAN_MS = 31 * 24 * HOUR_MS;
const DEFAULT_LIMIT = 10;
const MAX_AGE_MS = 5000;
/** Spans that end now end at a full step, so that equal rankings share one query. */
const STEP_MS = 5000;

const METRICS: Readonly<Record<number, RankMetric>> = {
  [Metric.UNSPECIFIED]: 'heatIndex',
  [Metric.HEAT_INDEX]: 'heatIndex',
  [Metric.TEMPERATURE]: 'temperature',
  [Metric.RELATIVE_HUMIDITY]: 'humidity',
  [Metric.WIND_SPEED]: 'wind',
};

/** Cities in the order of a metric's mean. */
export async function rankCities(deps: RankDeps, request: RankCitiesRequest, call: Call): Promise<RankCitiesResponse> {
  const { analytics, catalogue, shared, clock, isDemo } = deps;
  const metric = METRICS[request.metric];
  if (metric === undefined) {
    throw invalidRequest([{ field: 'metric', description: `${request.metric} is none of Metric's values` }]);
  }
  const nowMs = Math.ceil(clock() / STEP_MS) * STEP_MS;
  const query = {
    metric,
    ascending: request.ascending,
    ...timeSpan(request, { nowMs, defaultMs: HOUR_MS, maxMs: MAX_SPAN_MS, timeZone: zoneOf(request) }),
    limit: request.limit || DEFAULT_LIMIT,
  };
  const country = request.countryCode.toUpperCase();
  const cityIds = country === '' ? undefined : citiesOf(catalogue, country);
  const rows = await shared.get(`rank ${country} ${JSON.stringify(query)}`, {
    maxAgeMs: MAX_AGE_MS,
    call,
    read: (signal) => analytics.rank({ ...query, cityIds }, signal),
  });
  const units = answerUnits(request.units);
  return create(RankCitiesResponseSchema, {
    units: units.echo,
    cities: rows.map((row) => ({
      city: cityMessage(catalogue.observeCity(row.cityId)),
      value: inUnits(metric, row.value, units),
      count: BigInt(row.count),
      demo: isDemo(row.cityId),
    })),
  });
}

/** The zone that dates are of; without dates none is needed. */
function zoneOf({ startDate, endDate, timeZone }: RankCitiesRequest): string {
  if (timeZone !== '') return checkedZone(timeZone);
  if (startDate === '' && endDate === '') return 'UTC';
  const description = 'is needed with a day: cities in different zones have it at different times';
  throw invalidRequest([{ field: 'time_zone', description }]);
}

function citiesOf(catalogue: Catalogue, countryCode: string): readonly string[] {
  const cities = catalogue.ofCountry(countryCode);
  if (cities.length > 0) return cities.map(({ cityId }) => cityId);
  throw invalidRequest([
    {
      field: 'country_code',
      description: `${JSON.stringify(countryCode)} is no country of the catalogue; an example is DE (ISO 3166-1 alpha-2)`,
    },
  ]);
}

function inUnits(metric: RankMetric, value: number, units: AnswerUnits): number {
  switch (metric) {
    case 'heatIndex':
    case 'temperature':
      return units.temperature(value) ?? value;
    case 'wind':
      return units.speed(value) ?? value;
    case 'humidity':
      return value;
  }
}
