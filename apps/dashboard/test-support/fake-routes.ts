import { setTimeout as sleep } from 'node:timers/promises';
import { timestampFromMs, timestampNow } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect';
import { AnalyticsService, Resolution } from '@isotherm/contracts/analytics/v1/analytics_service';
import { CityService } from '@isotherm/contracts/city/v1/city_service';
import { ForecastService } from '@isotherm/contracts/forecast/v1/forecast_service';
import { IngestService } from '@isotherm/contracts/ingest/v1/ingest_service';
import { PlatformService } from '@isotherm/contracts/platform/v1/platform_service';
import { HeatIndexFormula, SpeedUnit, TemperatureUnit } from '@isotherm/contracts/type/v1/weather';
import { currentConditions, forecastPoints, historyPoints, rankedCities } from './fake-answers.ts';
import { liveColumns } from './fake-live-columns.ts';
import type { FakeState } from './fake-state.ts';
import type { TestCity } from './test-cities.ts';

const UNITS = { temperature: TemperatureUnit.CELSIUS, windSpeed: SpeedUnit.METERS_PER_SECOND };
const CHUNKS = 4;
const CHUNK_MS = 250;

/** The services the dashboard reads, and Ingest so that a test can send, over a fake state. */
export function fakeRoutes(state: FakeState): (router: ConnectRouter) => void {
  const find = (text: string): TestCity => {
    const folded = text.toLowerCase();
    const city = state.byId.get(text) ?? state.cities.find(({ name }) => name.toLowerCase() === folded);
    if (!city) throw new ConnectError(`no city "${text}"`, Code.NotFound);
    return city;
  };
  const message = (city: TestCity) => ({ ...city, population: BigInt(city.population), admin1: '' });

  return (router) => {
    router.service(CityService, {
      listCities: ({ pageSize, pageToken }) => {
        const from = Number(pageToken || 0);
        const to = from + (pageSize || 1000);
        return {
          cities: state.cities.slice(from, to).map(message),
          nextPageToken: to < state.cities.length ? String(to) : '',
        };
      },
      searchCities: ({ query, limit }) => {
        const wanted = query.toLowerCase();
        return {
          cities: state.cities
            .filter(({ name }) => name.toLowerCase().startsWith(wanted))
            .slice(0, limit || 10)
            .map(message),
        };
      },
    });
    router.service(ForecastService, {
      getCurrent: ({ cities }) => ({
        conditions: cities.map(find).flatMap((city) => currentConditions(state, city) ?? []),
        unknownCities: [],
      }),
      getForecast: ({ city }) => ({
        city: message(find(city)),
        issueTime: timestampFromMs(Math.floor(state.position() / 3_600_000) * 3_600_000),
        units: UNITS,
        heatIndexFormula: HeatIndexFormula.NWS,
        points: forecastPoints(state, find(city)),
        demo: state.feeds,
      }),
      async *watch(_, { signal }) {
        const indices = new Map<string, number>();
        const reporting = state.cities.filter((city) => state.current(city) !== undefined);
        yield { live: liveColumns(state, reporting, indices) };
        let away = false;
        for (let beat = 0; !signal.aborted; beat++) {
          const since = Date.now();
          await sleep(CHUNK_MS, undefined, { signal });
          const { replaying } = state.replay();
          const fed = state.feeds ? state.fedCities.filter((_, i) => replaying || i % CHUNKS === beat % CHUNKS) : [];
          const changed = [...fed, ...state.sentSince(since - 5)];
          const turned = away !== state.away;
          away = state.away;
          const unreachableCityIndex = away ? [...indices.values()].filter((index) => index % 2 === 0) : [];
          if (changed.length === 0 && !turned) continue;
          yield {
            live: liveColumns(state, changed, indices),
            ...(turned ? { reachability: { unreachableCityIndex } } : {}),
          };
        }
      },
    });
    router.service(AnalyticsService, {
      rankCities: ({ startTime, limit }) => ({ units: UNITS, cities: rankedCities(state, startTime, limit || 10) }),
      queryHistory: ({ city, startTime, endTime }) => ({
        city: message(find(city)),
        resolution: Resolution.QUARTER_HOUR,
        units: UNITS,
        timeZone: find(city).timeZone,
        points: historyPoints(state, find(city), startTime, endTime),
        heatIndexFormula: HeatIndexFormula.NWS,
        demo: state.feeds,
      }),
    });
    router.service(PlatformService, {
      getStatus: () => ({ version: '0.1.0', formula: HeatIndexFormula.NWS }),
      async *watchStats(_, { signal }) {
        for (; !signal.aborted; await sleep(1000, undefined, { signal })) yield { stats: statsOf(state) };
      },
    });
    router.service(IngestService, {
      ingest: ({ observations }) => {
        for (const row of observations) {
          const observedMs = row.observeTime ? Number(row.observeTime.seconds) * 1000 : Date.now();
          state.send(
            row.cityId,
            observedMs,
            row.temperatureCelsius ?? 0,
            row.relativeHumidityPercent ?? 0,
            row.windSpeedMps ?? 0,
          );
        }
        return { ack: { accepted: observations.length, rejected: 0 } };
      },
    });
  };
}

function statsOf(state: FakeState) {
  const { replaying, shareDone } = state.replay();
  const acked = state.fed() + state.acked;
  const jitter = Math.sin(Date.now() / 4000) + Math.sin(Date.now() / 1700) * 0.6;
  const rate = !state.feeds ? 0 : replaying ? 742_000 + jitter * 40_000 : state.fedCities.length + jitter * 22;
  return {
    at: timestampNow(),
    acceptedPerSecond: Math.round(rate),
    lagSeconds: replaying ? 0.4 + jitter * 0.1 : 0.02,
    lagRecords: BigInt(replaying ? Math.round(70 + jitter * 30) : 0),
    ...(state.feeds ? { freshnessP99Ms: (replaying ? 190 : 34) + jitter * 9 } : {}),
    observationsAcked: BigInt(acked),
    observationsApplied: BigInt(acked),
    observationsStored: BigInt(
      Math.max(0, acked - (replaying ? 400_000 : state.feeds ? state.fedCities.length * 30 : 0)),
    ),
    rowsPending: BigInt(replaying ? 24_000 : 0),
    rowsStored: BigInt(Math.floor(acked / 2)),
    cities: BigInt(state.feeds ? state.fedCities.length : state.acked > 0 ? 1 : 0),
    ...(state.feeds ? { feed: { replaying, position: timestampFromMs(state.position()), shareDone } } : {}),
    residentBytes: 912_000_000n,
  };
}
