import {
  type HistoryPoint as PointMessage,
  type QueryHistoryResponse,
  Resolution,
  ResolutionSchema,
} from '@isotherm/contracts/analytics/v1/analytics_service';
import { errorFromConnect } from '../errors/from-connect.ts';
import type { ReadToken } from '../ingest/batch-result.ts';
import type { Api } from './api-transport.ts';
import { type CallOptions, connectOptions } from './call-options.ts';
import { type City, cityOf } from './city.ts';
import { tokenMessage } from './current.ts';
import { enumOf } from './enum-of.ts';
import { dateOf, type SpanOptions, spanOf } from './instants.ts';
import { type FormulaName, formulaName, type Units, unitsMessage, unitsOf } from './units.ts';

/** Width of a history's points. AUTO: chosen from the span, at most 1,500 points. */
export type ResolutionName = 'AUTO' | 'RAW' | 'MINUTE' | 'QUARTER_HOUR' | 'HOUR' | 'DAY';

/** A page of a city's past, oldest first. */
export interface HistoryPage {
  readonly city: City;
  readonly resolution: ResolutionName;
  readonly units: Units;
  /** Zone in which days begin. */
  readonly timeZone: string;
  /** The span that was read: its start included, its end not. */
  readonly startTime: Date;
  readonly endTime: Date;
  /** Points that hold at least one observation. */
  readonly points: readonly HistoryPoint[];
  readonly heatIndexFormula: FormulaName;
  readonly demo: boolean;
}

/** Aggregates of one point in time. Undefined: not measured, never 0. */
export interface HistoryPoint {
  /** Its start; of a raw point, the time of observation. */
  readonly startTime: Date;
  readonly count: number;
  readonly temperature: number | undefined;
  readonly temperatureMin: number | undefined;
  readonly temperatureMax: number | undefined;
  readonly relativeHumidityPercent: number | undefined;
  readonly windSpeed: number | undefined;
  readonly windSpeedMax: number | undefined;
  readonly heatIndex: number | undefined;
  readonly heatIndexMin: number | undefined;
  readonly heatIndexMax: number | undefined;
  /** Rolling means; minute resolution only. */
  readonly heatIndexRolling24h: number | undefined;
  readonly heatIndexRolling1h: number | undefined;
  readonly heatIndexRolling5m: number | undefined;
}

/** What a read of history may ask for. Days are those of the city, or of `timeZone`. Default the 24 h before the end. */
export interface HistoryOptions extends CallOptions, SpanOptions {
  /** Default AUTO. */
  readonly resolution?: ResolutionName;
  /** Default °C and m/s. */
  readonly units?: Partial<Units>;
  /** IANA zone in which days begin. Default the city's. */
  readonly timeZone?: string;
  /** Points a page, at most 10,000. Default 1,500. */
  readonly pageSize?: number;
  /** From a send: the pages see that batch, or the call fails with DEADLINE_EXCEEDED. */
  readonly readToken?: ReadToken;
}

/** Reads a city's past page by page: a page is asked for when the one before is used up. */
export async function* readHistory(api: Api, city: string, options: HistoryOptions): AsyncGenerator<HistoryPage, void> {
  const { resolution = 'AUTO', readToken } = options;
  const request = {
    city,
    ...spanOf(options),
    resolution: enumOf(ResolutionSchema, 'resolution', resolution),
    units: unitsMessage(options.units),
    timeZone: options.timeZone ?? '',
    pageSize: options.pageSize ?? 0,
    ...(readToken && { readToken: tokenMessage(readToken) }),
  };
  let pageToken = '';
  do {
    let answer: QueryHistoryResponse;
    try {
      answer = await api.analytics.queryHistory({ ...request, pageToken }, connectOptions(options));
    } catch (error) {
      throw errorFromConnect(error, api.target);
    }
    yield pageOf(answer);
    pageToken = answer.nextPageToken;
  } while (pageToken !== '');
}

function pageOf(answer: QueryHistoryResponse): HistoryPage {
  const { resolution } = answer;
  return {
    city: cityOf(answer.city),
    resolution: resolution === Resolution.UNSPECIFIED ? 'AUTO' : (Resolution[resolution] as ResolutionName),
    units: unitsOf(answer.units),
    timeZone: answer.timeZone,
    startTime: dateOf(answer.startTime),
    endTime: dateOf(answer.endTime),
    points: answer.points.map(pointOf),
    heatIndexFormula: formulaName(answer.heatIndexFormula),
    demo: answer.demo,
  };
}

function pointOf(message: PointMessage): HistoryPoint {
  return {
    startTime: dateOf(message.startTime),
    count: Number(message.count),
    temperature: message.temperature,
    temperatureMin: message.temperatureMin,
    temperatureMax: message.temperatureMax,
    relativeHumidityPercent: message.relativeHumidityPercent,
    windSpeed: message.windSpeed,
    windSpeedMax: message.windSpeedMax,
    heatIndex: message.heatIndex,
    heatIndexMin: message.heatIndexMin,
    heatIndexMax: message.heatIndexMax,
    heatIndexRolling24h: message.heatIndexRolling24h,
    heatIndexRolling1h: message.heatIndexRolling1h,
    heatIndexRolling5m: message.heatIndexRolling5m,
  };
}
