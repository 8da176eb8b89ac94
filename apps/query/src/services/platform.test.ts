import { create, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, timestampMs } from '@bufbuild/protobuf/wkt';
import { Code, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { CityService } from '@isotherm/contracts/city/v1/city_service';
import { Health, HealthCheckResponse_ServingStatus as Status } from '@isotherm/contracts/grpc/health/v1/health';
import {
  ServerReflection,
  type ServerReflectionRequest,
  ServerReflectionRequestSchema,
} from '@isotherm/contracts/grpc/reflection/v1/reflection';
import { PlatformService } from '@isotherm/contracts/platform/v1/platform_service';
import { afterAll, describe, expect, it } from 'vitest';
import { caught } from '../testing/caught.ts';
import { BERLIN, NOW_MS, startTestPlatform } from '../testing/test-platform.ts';

const platform = await startTestPlatform();
const grpc = createGrpcTransport({ baseUrl: platform.url });
afterAll(() => platform[Symbol.asyncDispose]());

describe('PlatformService', () => {
  const client = platform.client(PlatformService);

  it('tells the state of every shard, and which do not answer', async () => {
    platform.shardA.status = { producers: [{ producerId: 'p', sequence: 9n }] };
    await platform.shardB.stop();
    const status = await client.getStatus({});
    expect(status).toMatchObject({ version: '1.2.3', incarnation: '0123456789abcdef', unreachableShards: ['shard-b'] });
    expect(status.shards[0]).toMatchObject({ shard: 'shard-a', producers: [{ producerId: 'p' }] });
    await platform.shardB.start();
  });

  it('streams the stats, the newest at once', async () => {
    platform.beat({ observationsAcked: 5 });
    const cancelled = new AbortController();
    const seen: bigint[] = [];
    const reading = (async () => {
      for await (const { stats } of client.watchStats({}, { signal: cancelled.signal })) {
        seen.push(stats?.observationsAcked ?? -1n);
        if (seen.length === 1) {
          expect(timestampMs(stats!.sampleTime!)).toBe(NOW_MS);
          expect(stats?.freshnessP99Ms).toBeUndefined();
          expect(stats?.feed).toBeUndefined();
        }
      }
    })().catch(() => undefined);
    await expect.poll(() => seen).toEqual([5n]);
    platform.beat({ observationsAcked: 6 });
    await expect.poll(() => seen).toEqual([5n, 6n]);
    cancelled.abort();
    await reading;
  });
});

describe('CityService', () => {
  const client = platform.client(CityService);

  it('searches, finds the nearest and lists all, page by page', async () => {
    expect((await client.searchCities({ query: 'berlni' })).cities[0]).toMatchObject({
      cityId: BERLIN,
      population: 3426354n,
    });
    const near = await client.findNearestCities({ latitude: 52.52, longitude: 13.4, limit: 2 });
    expect(near.cities).toHaveLength(2);
    expect(near.cities[0]?.distanceKm).toBeLessThan(near.cities[1]?.distanceKm ?? 0);
    const seen = new Set<string>();
    let pageToken = '';
    do {
      const page = await client.listCities({ pageSize: 15_000, pageToken });
      for (const { cityId } of page.cities) seen.add(cityId);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(seen.size).toBe(34_006);
  });

  it.each([
    ['an empty query', () => client.searchCities({ query: '' }), 'query'],
    ['too many results', () => client.searchCities({ query: 'a', limit: 101 }), 'limit'],
    ['a latitude beyond the pole', () => client.findNearestCities({ latitude: 90.1, longitude: 0 }), 'latitude'],
    [
      'a longitude that is no number',
      () => client.findNearestCities({ latitude: 0, longitude: Number.NaN }),
      'longitude',
    ],
    ['a place without its longitude', () => client.findNearestCities({ latitude: 0 }), 'longitude'],
    ['a page token of elsewhere', () => client.listCities({ pageToken: 'W10.abc' }), 'page_token'],
  ])('refuses %s', async (_what, call, field) => {
    expect(await caught(call())).toMatchObject({ code: Code.InvalidArgument, fields: [field] });
  });
});

describe('Health', () => {
  const client = createClient(Health, grpc);

  it('serves, for the whole and by service, and knows no others', async () => {
    expect((await client.check({})).status).toBe(Status.SERVING);
    expect((await client.check({ service: 'isotherm.forecast.v1.ForecastService' })).status).toBe(Status.SERVING);
    expect(await caught(client.check({ service: 'nobody.v1.Service' }))).toMatchObject({ code: Code.NotFound });
    expect(Object.keys((await client.list({})).statuses)).toContain('isotherm.analytics.v1.AnalyticsService');
  });

  it('stops serving when the server drains, while calls are still answered', async () => {
    const draining = await startTestPlatform();
    const health = createClient(Health, createGrpcTransport({ baseUrl: draining.url }));
    const seen: Status[] = [];
    const watching = (async () => {
      for await (const { status } of health.watch({})) seen.push(status);
    })().catch(() => undefined);
    await expect.poll(() => seen).toEqual([Status.SERVING]);
    draining.query.drain();
    await expect.poll(() => seen).toEqual([Status.SERVING, Status.NOT_SERVING]);
    expect((await draining.client(CityService).searchCities({ query: 'rome' })).cities).not.toEqual([]);
    await draining[Symbol.asyncDispose]();
    await watching;
    expect(draining.query.lifecycle.state).toBe('stopped');
  });
});

describe('Reflection', () => {
  async function ask(messageRequest: ServerReflectionRequest['messageRequest']) {
    const requests = (async function* () {
      yield create(ServerReflectionRequestSchema, { messageRequest });
    })();
    for await (const { messageResponse } of createClient(ServerReflection, grpc).serverReflectionInfo(requests)) {
      return messageResponse;
    }
    throw new Error('No answer');
  }

  async function filesOf(symbol: string): Promise<string[]> {
    const answer = await ask({ case: 'fileContainingSymbol', value: symbol });
    if (answer.case !== 'fileDescriptorResponse') throw new Error(`${symbol} is not known`);
    return answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name);
  }

  it('lists every service', async () => {
    const answer = await ask({ case: 'listServices', value: '' });
    const names = answer.case === 'listServicesResponse' ? answer.value.service.map(({ name }) => name) : [];
    expect(names).toEqual([
      'isotherm.analytics.v1.AnalyticsService',
      'isotherm.city.v1.CityService',
      'isotherm.deadletter.v1.DeadLetterService',
      'isotherm.forecast.v1.ForecastService',
      'isotherm.platform.v1.PlatformService',
      'grpc.health.v1.Health',
      'grpc.reflection.v1.ServerReflection',
    ]);
  });

  it('gives the file of a service, a method, a message and a field, with all it imports', async () => {
    const symbols = ['', '.GetCurrent'].map((suffix) => `isotherm.forecast.v1.ForecastService${suffix}`);
    for (const symbol of [...symbols, 'isotherm.forecast.v1.Interval', 'isotherm.forecast.v1.Interval.low']) {
      const files = await filesOf(symbol);
      expect(files[0]).toBe('isotherm/forecast/v1/forecast_service.proto');
      expect(files).toEqual(
        expect.arrayContaining([
          'isotherm/type/v1/weather.proto',
          'buf/validate/validate.proto',
          'google/protobuf/timestamp.proto',
        ]),
      );
    }
    expect(await filesOf('grpc.health.v1.Health')).toEqual(['grpc/health/v1/health.proto']);
  });

  it('gives files by name and extensions, and says what it does not know', async () => {
    const byName = await ask({ case: 'fileByFilename', value: 'isotherm/type/v1/weather.proto' });
    expect(byName.case).toBe('fileDescriptorResponse');
    const containingType = 'google.protobuf.FieldOptions';
    const numbers = await ask({ case: 'allExtensionNumbersOfType', value: containingType });
    expect(numbers).toMatchObject({ case: 'allExtensionNumbersResponse', value: { extensionNumber: [1159, 1160] } });
    const extension = await ask({
      case: 'fileContainingExtension',
      value: { $typeName: 'grpc.reflection.v1.ExtensionRequest', containingType, extensionNumber: 1159 },
    });
    expect(extension.case).toBe('fileDescriptorResponse');
    const nothing = await ask({ case: 'fileContainingSymbol', value: 'no.such.Thing' });
    expect(nothing).toMatchObject({ case: 'errorResponse', value: { errorCode: Code.NotFound } });
    expect(await ask({ case: undefined })).toMatchObject({ value: { errorCode: Code.InvalidArgument } });
  });
});
