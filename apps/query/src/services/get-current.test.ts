import { create } from '@bufbuild/protobuf';
import { durationMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { Code, createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import {
  ForecastService,
  GetCurrentRequestSchema,
  type GetCurrentResponse,
} from '@isotherm/contracts/forecast/v1/forecast_service';
import { Consistency } from '@isotherm/contracts/type/v1/consistency';
import { HeatIndexFormula, RiskLevel, SpeedUnit, TemperatureUnit } from '@isotherm/contracts/type/v1/weather';
import { grpcDefinition, IsothermError } from '@isotherm/service-kit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { caught } from '../testing/caught.ts';
import { cityState } from '../testing/city-state.ts';
import { BERLIN, NOW_MS, PARIS, startTestPlatform } from '../testing/test-platform.ts';

const platform = await startTestPlatform();
const { shardA, shardB } = platform;
const forecasts = platform.client(ForecastService);
shardA.put(cityState(BERLIN), cityState(PARIS, { temperatureCelsius: 33, heatIndexCelsius: 40 }));
shardB.put(cityState('bora/7', { temperatureCelsius: -5, windSpeedMps: 10, partition: 1 }));
afterAll(() => platform[Symbol.asyncDispose]());
beforeEach(() => {
  shardA.answer = undefined;
  shardA.requests.length = 0;
  shardB.requests.length = 0;
});

describe('GetCurrent', () => {
  it('answers by id and by name with all that follows from the observation', async () => {
    const { conditions } = await forecasts.getCurrent({ cities: [BERLIN, 'paris'] });
    const [berlin, paris] = conditions;
    expect(berlin).toMatchObject({
      city: { cityId: BERLIN, name: 'Berlin', countryCode: 'DE', timeZone: 'Europe/Berlin' },
      units: { temperature: TemperatureUnit.CELSIUS, windSpeed: SpeedUnit.METERS_PER_SECOND },
      temperature: 20,
      windSpeed: 5,
      heatIndex: 19.5,
      apparentTemperature: 20,
      heatIndexFormula: HeatIndexFormula.NWS,
      risk: RiskLevel.NONE,
      asOfOffset: 41n,
      observations: 7n,
      demo: false,
    });
    expect(berlin?.windChill).toBeUndefined();
    expect(berlin?.dewPoint).toBeCloseTo(9.27, 1);
    expect(timestampMs(berlin!.observeTime!)).toBe(NOW_MS - 10_000);
    expect(durationMs(berlin!.age!)).toBe(10_000);
    expect(berlin?.rolling[0]).toMatchObject({ count: 3n, temperatureMax: 21, cautionMinutes: 3, dangerMinutes: 1 });
    expect(berlin?.rolling[0]?.heatIndexMean).toBeUndefined();
    expect(paris).toMatchObject({ risk: RiskLevel.DANGER, demo: true });
  });

  it('converts into the units asked for and echoes them', async () => {
    const units = { temperature: TemperatureUnit.FAHRENHEIT, windSpeed: SpeedUnit.KILOMETERS_PER_HOUR };
    const { conditions } = await forecasts.getCurrent({ cities: ['bora/7'], units });
    expect(conditions[0]).toMatchObject({ temperature: 23, windSpeed: 36, units });
    expect(conditions[0]?.windChill).toBeCloseTo(7.38, 2);
    expect(conditions[0]?.apparentTemperature).toBe(conditions[0]?.windChill);
  });

  it('leaves missing values out instead of calling them 0', async () => {
    const bare = cityState('x-bare');
    for (const name of ['temperatureCelsius', 'relativeHumidityPercent', 'windSpeedMps', 'heatIndexCelsius'] as const) {
      delete bare[name];
    }
    shardA.put(bare);
    const [found] = (await forecasts.getCurrent({ cities: ['x-bare'] })).conditions;
    expect(found).toMatchObject({ risk: RiskLevel.UNSPECIFIED });
    for (const name of ['temperature', 'heatIndex', 'windChill', 'apparentTemperature', 'dewPoint'] as const) {
      expect(found?.[name]).toBeUndefined();
    }
  });

  it('asks each shard once for many cities, and answers in the order asked', async () => {
    const { conditions, unknownCities } = await forecasts.getCurrent({
      cities: ['bora/7', PARIS, 'Nowhereville', BERLIN, PARIS],
    });
    expect(conditions.map(({ city }) => city?.cityId)).toEqual(['bora/7', PARIS, BERLIN, PARIS]);
    expect(unknownCities).toEqual(['Nowhereville']);
    expect(shardA.requests).toHaveLength(1);
    expect(shardB.requests).toHaveLength(1);
    expect(shardA.requests[0]?.cityIds.filter((id) => id === PARIS)).toHaveLength(1);
  });

  it('prefers an id that was observed to a name of the catalogue', async () => {
    expect((await forecasts.getCurrent({ cities: ['Tokyo'] }).catch(() => undefined))?.conditions).toBeUndefined();
    shardA.put(cityState('Tokyo', { temperatureCelsius: 1 }));
    const [found] = (await forecasts.getCurrent({ cities: ['Tokyo'] })).conditions;
    expect(found).toMatchObject({ city: { cityId: 'Tokyo', name: 'Tokyo', timeZone: 'UTC' }, temperature: 1 });
  });

  it('names near matches of an unknown city', async () => {
    const told = await caught(forecasts.getCurrent({ cities: ['Berlln'] }));
    expect(told).toMatchObject({ code: Code.NotFound, reason: 'CITY_UNKNOWN', retries: false });
    expect(told.error.rawMessage).toBe(
      'No city is known as "Berlln". Did you mean Berlin, Germany (2950159), or Berlin Köpenick, Germany (2885657)?',
    );
    expect(told.metadata).toMatchObject({ city: 'Berlln', near: `${BERLIN},2885657` });
  });

  it('says how to send the first observation of a city of the catalogue', async () => {
    const told = await caught(forecasts.getCurrent({ cities: ['Madrid'] }));
    expect(told).toMatchObject({
      code: Code.NotFound,
      reason: 'CITY_WITHOUT_OBSERVATIONS',
      metadata: { city: '3117735' },
    });
    expect(told.error.rawMessage).toContain('Madrid, Spain (3117735) has no observations yet. Send one with');
  });

  it.each([
    ['no city', { cities: [] }, ['cities']],
    ['an empty city', { cities: [BERLIN, ''] }, ['cities[1]']],
    ['a long name', { cities: ['x'.repeat(201)] }, ['cities[0]']],
    ['too many cities', { cities: Array.from({ length: 1001 }, (_, i) => `c${i}`) }, ['cities']],
  ])('refuses %s by the rules of the schema', async (_what, request, fields) => {
    expect(await caught(forecasts.getCurrent(request))).toMatchObject({ code: Code.InvalidArgument, fields });
    expect(shardA.requests).toHaveLength(0);
  });

  it('hands the read token and the consistency to the shard, and its refusal to the caller', async () => {
    const readToken = { incarnation: 'aa', partitions: [0], offsets: [99n] };
    await forecasts.getCurrent({ cities: [BERLIN], readToken, consistency: Consistency.STRONG });
    expect(shardA.requests[0]).toMatchObject({ readToken, consistency: Consistency.STRONG, includeRolling: true });
    shardA.answer = () =>
      Promise.reject(
        new IsothermError({
          code: 'DEADLINE_EXCEEDED',
          id: 'READ_NOT_YET_APPLIED',
          message: 'Partition 0 has applied offset 41, the read wants 99.',
        }),
      );
    const told = await caught(forecasts.getCurrent({ cities: [BERLIN, 'bora/7'], readToken }));
    expect(told).toMatchObject({ code: Code.DeadlineExceeded, reason: 'READ_NOT_YET_APPLIED' });
    expect(told.error.rawMessage).toContain('applied offset 41, the read wants 99');
  });

  it('forwards the deadline, a little before it', async () => {
    let leftMs = Number.NaN;
    shardA.answer = (_request, deadlineMs) => {
      leftMs = deadlineMs - Date.now();
      return new Promise(() => undefined);
    };
    const told = await caught(forecasts.getCurrent({ cities: [BERLIN] }, { timeoutMs: 1500 }));
    expect(told.code).toBe(Code.DeadlineExceeded);
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(1450);
  });
});

describe('While a shard is away', () => {
  it('its cities are unavailable, others are answered and the missing ones named', async () => {
    await shardB.stop();
    const told = await caught(forecasts.getCurrent({ cities: ['bora/7'] }));
    expect(told).toMatchObject({
      code: Code.Unavailable,
      reason: 'SHARD_UNAVAILABLE',
      retries: true,
      metadata: { shard: 'shard-b' },
    });
    const both = await forecasts.getCurrent({ cities: ['bora/7', BERLIN] });
    expect(both.conditions.map(({ city }) => city?.cityId)).toEqual([BERLIN]);
    expect(both.unreachableCities).toEqual(['bora/7']);
    expect(await caught(forecasts.getCurrent({ cities: ['bora/7', 'bora/8'] }))).toMatchObject({
      code: Code.Unavailable,
    });
    await shardB.start();
    await expect
      .poll(
        () =>
          forecasts.getCurrent({ cities: ['bora/7'] }).then(
            ({ conditions }) => conditions.length,
            () => 0,
          ),
        { timeout: 10_000 },
      )
      .toBe(1);
  });
});

describe('The same port speaks', () => {
  const { url } = platform;
  const transports = {
    'Connect over HTTP/1.1': createConnectTransport({ baseUrl: url, httpVersion: '1.1' }),
    'Connect with JSON': createConnectTransport({ baseUrl: url, httpVersion: '1.1', useBinaryFormat: false }),
    'Connect over HTTP/2': createConnectTransport({ baseUrl: url, httpVersion: '2' }),
    'gRPC of connect-node': createGrpcTransport({ baseUrl: url }),
    'gRPC-web': createGrpcWebTransport({ baseUrl: url, httpVersion: '1.1' }),
  };

  it.each(Object.entries(transports))('%s', async (_name, transport) => {
    const { conditions } = await createClient(ForecastService, transport).getCurrent({ cities: [BERLIN] });
    expect(conditions[0]?.temperature).toBe(20);
    const told = await caught(createClient(ForecastService, transport).getCurrent({ cities: ['Berlln'] }));
    expect(told).toMatchObject({ code: Code.NotFound, reason: 'CITY_UNKNOWN' });
  });

  it('gRPC of grpc-js', async () => {
    const client = new Client(platform.query.address, credentials.createInsecure());
    const { path, requestSerialize, responseDeserialize } = grpcDefinition(ForecastService)['getCurrent']!;
    const get = (cities: string[]) =>
      new Promise<GetCurrentResponse>((resolve, reject) => {
        client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          create(GetCurrentRequestSchema, { cities }),
          (error: ServiceError | null, response?: unknown) => {
            if (error === null) resolve(response as GetCurrentResponse);
            else reject(error);
          },
        );
      });
    expect((await get([BERLIN])).conditions[0]?.temperature).toBe(20);
    await expect(get(['Berlln'])).rejects.toMatchObject({ code: Code.NotFound });
    client.close();
  });

  it('JSON of curl', async () => {
    const response = await fetch(`${url}/isotherm.forecast.v1.ForecastService/GetCurrent`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ cities: ['berlin'] }),
    });
    expect(await response.json()).toMatchObject({ conditions: [{ temperature: 20, city: { name: 'Berlin' } }] });
  });
});

describe('GetForecast', () => {
  it('answers with lead, interval, model and skill in the units asked for', async () => {
    const units = { temperature: TemperatureUnit.FAHRENHEIT };
    const forecast = await forecasts.getForecast({ city: 'berlin', units, hours: 2 });
    expect(forecast.points).toHaveLength(2);
    const [first] = forecast.points;
    expect(first?.temperature).toBeCloseTo(69.8, 9);
    expect(first?.temperatureInterval?.low).toBeCloseTo(66.2, 9);
    expect(first?.meanAbsoluteError).toBeCloseTo(0.9, 9);
    expect(first).toMatchObject({ model: 'persistence', skill: 0.25, temperatureInterval: { level: 0.9 } });
    expect(first?.heatIndex).toBeUndefined();
    expect(timestampMs(first!.validTime!) - timestampMs(forecast.issueTime!)).toBe(durationMs(first!.lead!));
    expect((await forecasts.getForecast({ city: 'berlin' })).points).toHaveLength(3);
  });

  it('says when there is none yet, and refuses more than 24 hours', async () => {
    shardA.put(cityState('young', { forecast: [] }));
    const young = await caught(forecasts.getForecast({ city: 'young' }));
    expect(young).toMatchObject({ code: Code.NotFound, reason: 'FORECAST_NOT_YET' });
    expect(await caught(forecasts.getForecast({ city: 'berlin', hours: 25 }))).toMatchObject({ fields: ['hours'] });
  });
});
