import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { AnalyticsStore, HistoryRow } from '@isotherm/analytics';
import type { City } from '@isotherm/catalogue';
import {
  type HistoryPoint,
  HistoryPointSchema,
  type QueryHistoryRequest,
  type QueryHistoryResponse,
  QueryHistoryResponseSchema,
  Resolution,
} from '@isotherm/contracts/analytics/v1/analytics_service';
import { StoredKind } from '@isotherm/contracts/compute/v1/compute_service';
import { HeatIndexFormula } from '@isotherm/contracts/type/v1/weather';
import type { HeatIndexFormulaName } from '@isotherm/domain';
import { type AnswerUnits, answerUnits, field } from '../answers/answer-units.ts';
import { enclosing } from '../answers/extremes.ts';
import type { Call, Clock } from '../call.ts';
import type { CityFinder } from '../cities/city-finder.ts';
import { cityMessage } from '../cities/city-message.ts';
import type { ShardRouter } from '../shards/shard-router.ts';
import { waitUntilStored } from '../shards/wait-until-stored.ts';
import { checkedZone } from './checked-zone.ts';
import { type HistoryPage, pageOf, tokenAfter } from './history-page.ts';
import { type ChosenResolution, chooseResolution, pointStart, storeResolution } from './resolution.ts';
import type { SharedReads } from './shared-reads.ts';
import { timeSpan } from './time-span.ts';

/** What history is read from. */
export interface HistoryDeps {
  readonly router: ShardRouter;
  readonly clock: Clock;
  readonly analytics: AnalyticsStore;
  readonly finder: CityFinder;
  readonly shared: SharedReads;
  readonly formula: HeatIndexFormulaName;
  partitionOf(cityId: string): number;
  isDemo(cityId: string): boolean;
}

const DEFAULT_SPAN_MS = 24 * 3_600_000;
const DEFAULT_PAGE_SIZE = 1500;
const MAX_PAGE_SIZE = 10_000;
/** Late readings correct the past for an hour: what is older than two does not change any more, short of a replay. */
const SETTLED_AFTER_MS = 2 * 3_600_000;
const SETTLED_MAX_AGE_MS = 60_000;
const LIVE_MAX_AGE_MS = 1000;

/** A page of a city's past. */
export async function queryHistory(
  deps: HistoryDeps,
  request: QueryHistoryRequest,
  call: Call,
): Promise<QueryHistoryResponse> {
  const { clock, isDemo } = deps;
  const city = await deps.finder.resolve(request.city, call);
  const timeZone = request.timeZone === '' ? city.timeZone : checkedZone(request.timeZone);
  const page = pageOf(request, city.cityId) ?? firstPage(request, { nowMs: clock(), timeZone });
  const resolution = chooseResolution(page.resolution, page);
  if (request.readToken !== undefined) {
    const required = {
      token: request.readToken,
      // A city's history depends on no other partition.
      partition: deps.partitionOf(city.cityId),
      kind: resolution === Resolution.RAW ? StoredKind.RECORDS : StoredKind.MINUTE_ROWS,
    };
    await waitUntilStored(deps.router, required, call);
  }
  const pageSize = Math.min(request.pageSize || DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE);
  const rows = await readRows(
    deps,
    { city, page, resolution, timeZone, limit: pageSize + 1 },
    {
      call,
      mayBeShared: request.readToken === undefined,
    },
  );
  if (rows.length === 0 && page.after === undefined) await deps.finder.requireObserved(city, call);
  const units = answerUnits(request.units);
  const shown = rows.slice(0, pageSize);
  const last = shown.at(-1);
  return create(QueryHistoryResponseSchema, {
    city: cityMessage(city),
    resolution,
    units: units.echo,
    timeZone,
    points: shown.map((row) => historyPoint(row, units)),
    nextPageToken:
      rows.length > pageSize && last !== undefined ? tokenAfter(last, { request, cityId: city.cityId, page }) : '',
    heatIndexFormula: HeatIndexFormula[deps.formula],
    demo: isDemo(city.cityId),
    startTime: timestampFromMs(page.fromMs),
    endTime: timestampFromMs(page.toMs),
  });
}

function firstPage(
  request: QueryHistoryRequest,
  options: { readonly nowMs: number; readonly timeZone: string },
): HistoryPage {
  const { fromMs, toMs } = timeSpan(request, { ...options, defaultMs: DEFAULT_SPAN_MS });
  const resolution = chooseResolution(request.resolution, { fromMs, toMs });
  // The store takes points by their start, and the first one may have begun before the span.
  return { fromMs: pointStart(fromMs, resolution, options.timeZone), toMs, resolution, after: undefined };
}

function readRows(
  { analytics, shared, clock }: HistoryDeps,
  read: {
    readonly city: City;
    readonly page: HistoryPage;
    readonly resolution: ChosenResolution;
    readonly timeZone: string;
    readonly limit: number;
  },
  options: { readonly call: Call; readonly mayBeShared: boolean },
): Promise<readonly HistoryRow[]> {
  const { fromMs, toMs, after } = read.page;
  const query = {
    cityId: read.city.cityId,
    fromMs,
    toMs,
    resolution: storeResolution(read.resolution),
    timeZone: read.timeZone,
    limit: read.limit,
    after,
  };
  const keptMs = toMs < clock() - SETTLED_AFTER_MS ? SETTLED_MAX_AGE_MS : LIVE_MAX_AGE_MS;
  return shared.get(`history ${JSON.stringify(query)}`, {
    maxAgeMs: options.mayBeShared ? keptMs : 0,
    call: options.call,
    read: (signal) => analytics.history(query, signal),
  });
}

function historyPoint(row: HistoryRow, units: AnswerUnits): HistoryPoint {
  const temperature = enclosing({ mean: row.temperature, min: row.temperatureMin, max: row.temperatureMax });
  const heatIndex = enclosing({ mean: row.heatIndex, min: row.heatIndexMin, max: row.heatIndexMax });
  return create(HistoryPointSchema, {
    startTime: timestampFromMs(row.startMs),
    count: BigInt(row.count),
    ...field('temperature', units.temperature(row.temperature)),
    ...field('temperatureMin', units.temperature(temperature.min)),
    ...field('temperatureMax', units.temperature(temperature.max)),
    ...field('relativeHumidityPercent', row.humidity),
    ...field('windSpeed', units.speed(row.wind)),
    ...field('windSpeedMax', units.speed(enclosing({ mean: row.wind, max: row.windMax }).max)),
    ...field('heatIndex', units.temperature(row.heatIndex)),
    ...field('heatIndexMin', units.temperature(heatIndex.min)),
    ...field('heatIndexMax', units.temperature(heatIndex.max)),
    ...field('heatIndexRolling24h', units.temperature(row.rolling24h)),
    ...field('heatIndexRolling1h', units.temperature(row.rolling1h)),
    ...field('heatIndexRolling5m', units.temperature(row.rolling5m)),
  });
}
