import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { AnalyticsService, Metric, Resolution } from '@isotherm/contracts/analytics/v1/analytics_service';
import { CityService } from '@isotherm/contracts/city/v1/city_service';
import { ForecastService } from '@isotherm/contracts/forecast/v1/forecast_service';
import { ErrorInfoSchema, RetryInfoSchema } from '@isotherm/contracts/google/rpc/error_details';
import { PlatformService } from '@isotherm/contracts/platform/v1/platform_service';
import { HeatIndexFormula, RiskLevel, SpeedUnit, TemperatureUnit } from '@isotherm/contracts/type/v1/weather';
import { describe, expect, it } from 'vitest';
import { createIsothermClient } from '../isotherm-client.ts';
import { startFakeApi } from '../testing/fake-api.ts';

const city = { cityId: '1', name: 'Berlin', population: 3_600_000n, timeZone: 'Europe/Berlin' };
const MISSING = -2147483648;

describe('reads', () => {
  it('hand out current values with times as dates and missing ones as undefined', async () => {
    await using api = await startFakeApi((router) =>
      router.rpc(ForecastService.method.getCurrent, (request) => {
        expect(request.units).toMatchObject({
          temperature: TemperatureUnit.FAHRENHEIT,
          windSpeed: SpeedUnit.UNSPECIFIED,
        });
        expect(request.readToken?.offsets).toEqual([7n]);
        return {
          conditions: [
            {
              city,
              observeTime: timestampFromMs(1_700_000_000_000),
              age: { seconds: 2n, nanos: 500_000_000 },
              units: { temperature: TemperatureUnit.FAHRENHEIT },
              temperature: 0,
              risk: RiskLevel.NONE,
              heatIndexFormula: HeatIndexFormula.NWS,
            },
          ],
          unknownCities: request.cities.slice(1),
        };
      }),
    );
    await using client = createIsothermClient({ apiUrl: api.url });
    const { conditions, unknownCities } = await client.current(['berlin', 'nowhere'], {
      units: { temperature: 'FAHRENHEIT' },
      readToken: { incarnation: 'a', partitions: [1], offsets: [7n] },
    });
    expect(unknownCities).toEqual(['nowhere']);
    expect(conditions[0]).toMatchObject({
      city: { cityId: '1', population: 3_600_000, latitude: undefined },
      observeTime: new Date(1_700_000_000_000),
      ageMs: 2500,
      units: { temperature: 'FAHRENHEIT', windSpeed: 'METERS_PER_SECOND' },
      temperature: 0,
      windSpeed: undefined,
      risk: 'NONE',
      heatIndexFormula: 'NWS',
    });
  });

  it('walk the pages of a history, asking for the next when one is used up', async () => {
    const asked: string[] = [];
    await using api = await startFakeApi((router) =>
      router.rpc(AnalyticsService.method.queryHistory, ({ pageToken, resolution }) => {
        expect(resolution).toBe(Resolution.QUARTER_HOUR);
        asked.push(pageToken);
        const page = Number(pageToken || '0');
        const points = [{ startTime: timestampFromMs(page * 900_000), count: 3n, heatIndex: page }];
        return { city, resolution, points, nextPageToken: page < 2 ? String(page + 1) : '' };
      }),
    );
    await using client = createIsothermClient({ apiUrl: api.url });
    const values: (number | undefined)[] = [];
    for await (const { points } of client.history('berlin', { resolution: 'QUARTER_HOUR' })) {
      values.push(...points.map(({ heatIndex }) => heatIndex));
      if (values.length === 2) expect(asked).toEqual(['', '1']);
    }
    expect(values).toEqual([0, 1, 2]);
  });

  it('watch cities by name although the wire names each once', async () => {
    const columns = {
      baseUnixMs: 1_700_000_000_000n,
      relativeHumidityCentipercent: [MISSING],
      windSpeedCentimps: [0],
      heatIndexCenticelsius: [2601],
      risks: [RiskLevel.CAUTION],
    };
    await using api = await startFakeApi((router) =>
      router.rpc(ForecastService.method.watch, async function* () {
        yield {
          live: {
            ...columns,
            citiesAdded: ['a', 'b'],
            cityIndex: [1],
            observedOffsetMs: [-5n],
            temperatureCenticelsius: [2500],
          },
        };
        yield { live: { ...columns, cityIndex: [0], observedOffsetMs: [10n], temperatureCenticelsius: [MISSING] } };
      }),
    );
    await using client = createIsothermClient({ apiUrl: api.url });
    const seen = [];
    for await (const rows of client.watch()) {
      seen.push(...rows);
      if (seen.length === 2) break;
    }
    expect(seen).toEqual([
      {
        cityId: 'b',
        observeTime: new Date(1_699_999_999_995),
        temperatureCelsius: 25,
        relativeHumidityPercent: undefined,
        windSpeedMps: 0,
        heatIndexCelsius: 26.01,
        risk: 'CAUTION',
      },
      expect.objectContaining({ cityId: 'a', temperatureCelsius: undefined }),
    ]);
  });

  it('end a watch without an error when its signal aborts', async () => {
    await using api = await startFakeApi((router) =>
      router.rpc(ForecastService.method.watch, async function* (_, { signal }) {
        yield { live: {} };
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      }),
    );
    await using client = createIsothermClient({ apiUrl: api.url });
    const abort = new AbortController();
    let messages = 0;
    for await (const _ of client.watch({ signal: abort.signal })) {
      messages += 1;
      abort.abort();
    }
    expect(messages).toBe(1);
  });

  it('rank, find and list cities, and tell how the platform is doing', async () => {
    await using api = await startFakeApi((router) => {
      router.rpc(AnalyticsService.method.rankCities, ({ metric, limit, ascending }) => {
        expect({ metric, limit, ascending }).toEqual({ metric: Metric.WIND_SPEED, limit: 3, ascending: false });
        return { cities: [{ city, value: 12.5, count: 60n }] };
      });
      router.rpc(CityService.method.searchCities, () => ({ cities: [city] }));
      router.rpc(CityService.method.findNearestCities, () => ({ cities: [{ city, distanceKm: 1.5 }] }));
      router.rpc(CityService.method.listCities, ({ pageToken }) => ({
        cities: [{ ...city, cityId: pageToken || '0' }],
        nextPageToken: pageToken === '' ? '1' : '',
      }));
      router.rpc(PlatformService.method.getStatus, () => ({
        incarnation: 'abc',
        shards: [{ shard: 's0', partitions: [{ partition: 3, endOffset: 9n }] }],
      }));
    });
    await using client = createIsothermClient({ apiUrl: api.url });
    expect((await client.rank({ metric: 'WIND_SPEED', limit: 3 })).cities[0]).toMatchObject({ value: 12.5, count: 60 });
    expect((await client.cities.search('ber'))[0]?.name).toBe('Berlin');
    expect(await client.cities.nearest({ latitude: 52, longitude: 13 })).toMatchObject([{ distanceKm: 1.5 }]);
    const listed: string[] = [];
    for await (const { cityId } of client.cities.list()) listed.push(cityId);
    expect(listed).toEqual(['0', '1']);
    expect((await client.status()).shards[0]?.partitions[0]).toMatchObject({ endOffset: 9, watermarkTime: undefined });
  });

  it('of a name that means nothing are refused before anything is sent', async () => {
    await using client = createIsothermClient({ apiUrl: 'http://127.0.0.1:1' });
    const refused = (field: string) => ({ code: 'INVALID_ARGUMENT', id: 'REQUEST_INVALID', violations: [{ field }] });
    // @ts-expect-error: the compiler refuses each of them too.
    await expect(client.rank({ metric: 'HEAT' })).rejects.toMatchObject(refused('metric'));
    // @ts-expect-error
    await expect(client.history('x', { resolution: 'YEAR' }).next()).rejects.toMatchObject(refused('resolution'));
    // @ts-expect-error
    const rankine = client.current('x', { units: { temperature: 'RANKINE' } });
    await expect(rankine).rejects.toMatchObject(refused('units.temperature'));
    // @ts-expect-error
    const sure = client.current('x', { consistency: 'SURE' });
    await expect(sure).rejects.toMatchObject(refused('consistency'));
  });

  it('turn errors with their details into the one kind of error', async () => {
    await using api = await startFakeApi((router) =>
      router.rpc(ForecastService.method.getForecast, () => {
        const details = [
          { desc: ErrorInfoSchema, value: { reason: 'NOT_READY', domain: 'isotherm.dev', metadata: { shard: 's1' } } },
          { desc: RetryInfoSchema, value: { retryDelay: { seconds: 1n, nanos: 250_000_000 } } },
        ];
        throw new ConnectError('Later.', Code.Unavailable, undefined, details);
      }),
    );
    await using client = createIsothermClient({ apiUrl: api.url });
    await expect(client.forecast('berlin')).rejects.toMatchObject({
      name: 'IsothermClientError',
      code: 'UNAVAILABLE',
      id: 'NOT_READY',
      message: 'Later.',
      retryable: true,
      retryAfterMs: 1250,
      metadata: { shard: 's1' },
    });
  });

  it('say where nothing answered', async () => {
    await using client = createIsothermClient({ apiUrl: 'http://127.0.0.1:1' });
    await expect(client.current('berlin')).rejects.toMatchObject({
      id: 'UNREACHABLE',
      message: expect.stringContaining('Nothing answers at http://127.0.0.1:1:'),
    });
  });
});

describe('reads of a platform that is away for a while', () => {
  const overloaded = () => {
    const info = create(ErrorInfoSchema, { reason: 'TOO_MANY_QUERIES', domain: 'isotherm.dev' });
    const retry = create(RetryInfoSchema, { retryDelay: { seconds: 0n, nanos: 20e6 } });
    const details = [
      { desc: ErrorInfoSchema, value: info },
      { desc: RetryInfoSchema, value: retry },
    ];
    return new ConnectError('64 queries are under way.', Code.ResourceExhausted, undefined, details);
  };

  it('wait as RetryInfo says and ask again, within their deadline', async () => {
    let asked = 0;
    let refusals = 2;
    await using api = await startFakeApi((router) =>
      router.rpc(AnalyticsService.method.rankCities, () => {
        asked += 1;
        refusals -= 1;
        if (refusals >= 0) throw overloaded();
        return {};
      }),
    );
    await using client = createIsothermClient({ apiUrl: api.url });
    expect((await client.rank()).cities).toEqual([]);
    expect(asked).toBe(3);
    refusals = Number.POSITIVE_INFINITY;
    const gaveUp = client.rank({ timeoutMs: 200 });
    await expect(gaveUp).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED', id: 'TOO_MANY_QUERIES', retryable: true });
    expect(asked).toBeGreaterThan(4);
    asked = 0;
    await using once = createIsothermClient({ apiUrl: api.url, retry: { maxElapsedMs: 0 } });
    await expect(once.rank()).rejects.toMatchObject({ id: 'TOO_MANY_QUERIES' });
    expect(asked).toBe(1);
  });

  it('ask again when a connection breaks in the middle of an answer, and say so where that does not help', async () => {
    let asked = 0;
    const server = createServer((request, response) => {
      asked += 1;
      request.resume();
      response.writeHead(200, { 'content-type': 'application/proto', 'content-length': '1000' });
      response.write('half', () => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await using client = createIsothermClient({ apiUrl: `http://127.0.0.1:${port}`, retry: { initialDelayMs: 5 } });
    await expect(client.current('x', { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      id: 'CONNECTION_LOST',
      retryable: true,
    });
    expect(asked).toBeGreaterThan(1);
    server.close();
  });

  it('of values that the schema has no place for are refused by field, before anything is sent', async () => {
    await using client = createIsothermClient({ apiUrl: 'http://127.0.0.1:1' });
    const refused = (field: string) => ({ code: 'INVALID_ARGUMENT', violations: [{ field }] });
    await expect(client.forecast('x', { hours: 1.5 })).rejects.toMatchObject(refused('hours'));
    await expect(client.rank({ limit: -1 })).rejects.toMatchObject(refused('limit'));
    await expect(client.watch({ minIntervalMs: -1 }).next()).rejects.toMatchObject(refused('min_interval'));
    const never = new Date('never');
    await expect(client.rank({ startTime: never })).rejects.toMatchObject(refused('start_time'));
    await expect(client.deadLetters.count({ filter: { seenEndTime: never } })).rejects.toMatchObject(
      refused('filter.seen_end_time'),
    );
  });

  it('watch on with a snapshot after the stream broke, and end when it cannot be made again', async () => {
    let opened = 0;
    const observedOffsetMs = [0n];
    const row = { cityIndex: [0], baseUnixMs: 0n, observedOffsetMs, temperatureCenticelsius: [100], risks: [0] };
    await using api = await startFakeApi((router) =>
      router.rpc(ForecastService.method.watch, async function* () {
        opened += 1;
        if (opened > 2) throw new ConnectError('No.', Code.PermissionDenied);
        yield { live: { ...row, citiesAdded: opened === 1 ? ['a', 'b'] : ['b', 'a'] } };
        throw overloaded();
      }),
    );
    await using client = createIsothermClient({ apiUrl: api.url });
    const seen: string[] = [];
    const watching = (async () => {
      for await (const rows of client.watch()) seen.push(...rows.map(({ cityId }) => cityId));
    })();
    await expect(watching).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(seen).toEqual(['a', 'b']);
  });
});
