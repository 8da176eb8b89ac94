import { MetricSchema } from '@isotherm/contracts/analytics/v1/analytics_service';
import { errorFromConnect } from '../errors/from-connect.ts';
import type { Api } from './api-transport.ts';
import { type CallOptions, connectOptions } from './call-options.ts';
import { type City, cityOf } from './city.ts';
import { enumOf } from './enum-of.ts';
import { type SpanOptions, spanOf } from './instants.ts';
import { type Units, unitsMessage, unitsOf } from './units.ts';

/** What cities are ranked by: its mean over the span. */
export type MetricName = 'HEAT_INDEX' | 'TEMPERATURE' | 'RELATIVE_HUMIDITY' | 'WIND_SPEED';

/** What a ranking may ask for. Default the hour before the end; at most 31 days. */
export interface RankingOptions extends CallOptions, SpanOptions {
  /** Default HEAT_INDEX. */
  readonly metric?: MetricName;
  /** Lowest first. Default false. */
  readonly ascending?: boolean;
  /** IANA zone of the days. Needed with them. */
  readonly timeZone?: string;
  /** 1 to 1,000. Default 10. */
  readonly limit?: number;
  /** Only this country, ISO 3166-1 alpha-2. Default all. */
  readonly countryCode?: string;
  /** Default °C and m/s. */
  readonly units?: Partial<Units>;
}

/** Cities in order with the metric's mean. */
export interface Ranking {
  readonly cities: readonly { readonly city: City; readonly value: number; readonly count: number }[];
  readonly units: Units;
}

/** Ranks cities by a metric over a span of time. */
export async function readRanking(api: Api, options: RankingOptions): Promise<Ranking> {
  const request = {
    metric: enumOf(MetricSchema, 'metric', options.metric ?? 'HEAT_INDEX'),
    ascending: options.ascending ?? false,
    ...spanOf(options),
    timeZone: options.timeZone ?? '',
    limit: options.limit ?? 0,
    countryCode: options.countryCode ?? '',
    units: unitsMessage(options.units),
  };
  try {
    const answer = await api.analytics.rankCities(request, connectOptions(options));
    const cities = answer.cities.map(({ city, value, count }) => ({ city: cityOf(city), value, count: Number(count) }));
    return { cities, units: unitsOf(answer.units) };
  } catch (error) {
    throw errorFromConnect(error, api.target);
  }
}
