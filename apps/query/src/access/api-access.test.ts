import { request as httpsRequest } from 'node:https';
import type { DescService } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient, type Interceptor, type Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { AnalyticsService } from '@isotherm/contracts/analytics/v1/analytics_service';
import { CityService } from '@isotherm/contracts/city/v1/city_service';
import { DeadLetterService } from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { ForecastService } from '@isotherm/contracts/forecast/v1/forecast_service';
import { ErrorInfoSchema } from '@isotherm/contracts/google/rpc/error_details';
import { Health } from '@isotherm/contracts/grpc/health/v1/health';
import { ServerReflection } from '@isotherm/contracts/grpc/reflection/v1/reflection';
import { PlatformService } from '@isotherm/contracts/platform/v1/platform_service';
import { createSelfSigned, permissionOf, type TokenHolder, tokenDigest } from '@isotherm/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFakeDeadLetters, lateLetter } from '../testing/fake-dead-letters.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';

const READ = 'token-that-may-read';
const OPERATE = 'token-that-may-operate';
const SEND = 'token-that-may-send';
const CALLERS: readonly TokenHolder[] = [
  { name: 'dashboard', tokenDigests: [tokenDigest(READ)], may: ['read'] },
  { name: 'operator', tokenDigests: [tokenDigest(OPERATE)], may: ['operate'] },
  { name: 'station', tokenDigests: [tokenDigest(SEND)], may: ['ingest'] },
];
const certificate = createSelfSigned('query');

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform({ tls: certificate, callers: CALLERS });
});
afterAll(() => platform[Symbol.asyncDispose]());

type Protocol = 'Connect' | 'gRPC' | 'gRPC-web';
const PROTOCOLS: readonly Protocol[] = ['Connect', 'gRPC', 'gRPC-web'];

const withToken =
  (token: string | undefined): Interceptor =>
  (next) =>
  (request) => {
    if (token !== undefined) request.header.set('authorization', `Bearer ${token}`);
    return next(request);
  };

function transportOf(protocol: Protocol, token: string | undefined): Transport {
  const common = {
    baseUrl: platform.url,
    nodeOptions: { ca: certificate.certificate },
    interceptors: [withToken(token)],
  };
  if (protocol === 'gRPC') return createGrpcTransport(common);
  if (protocol === 'gRPC-web') return createGrpcWebTransport({ ...common, httpVersion: '2' });
  return createConnectTransport({ ...common, httpVersion: '1.1' });
}

/** How a call ended: `ok`, or the code and the id of the error. */
async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (thrown) {
    const error = ConnectError.from(thrown);
    const [info] = error.findDetails(ErrorInfoSchema);
    return `${Code[error.code]} ${info?.reason} ${info?.metadata['setting']}`;
  }
}

async function drained(messages: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of messages) return;
}

function get(
  path: string,
  token?: string,
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const asked = httpsRequest(
      platform.url + path,
      { ca: certificate.certificate, headers, agent: false },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      },
    );
    asked.on('error', reject).end();
  });
}

describe('Every call of the public API', () => {
  const services: readonly DescService[] = [
    AnalyticsService,
    CityService,
    DeadLetterService,
    ForecastService,
    PlatformService,
    Health,
    ServerReflection,
  ];

  it('asks for the permission its kind has: a new one is to be entered here', () => {
    const asked = Object.groupBy(
      services.flatMap((service) => service.methods),
      permissionOf,
    );
    const names = Object.fromEntries(
      Object.entries(asked).map(([permission, methods]) => [permission, methods!.map(({ name }) => name).sort()]),
    );
    expect(names).toEqual({
      none: ['Check', 'List', 'ServerReflectionInfo', 'Watch'],
      operate: ['PurgeDeadLetters', 'ReplayDeadLetters'],
      read: [
        'CountDeadLetters',
        'FindNearestCities',
        'GetCurrent',
        'GetDeadLetter',
        'GetForecast',
        'GetStatus',
        'ListCities',
        'ListDeadLetters',
        'QueryHistory',
        'RankCities',
        'SearchCities',
        'Watch',
        'WatchStats',
      ],
    });
  });
});

describe.each(PROTOCOLS)('Over %s with TLS', (protocol) => {
  const read = (token: string | undefined) =>
    outcome(createClient(PlatformService, transportOf(protocol, token)).getStatus({}));
  const watch = (token: string | undefined) =>
    outcome(drained(createClient(PlatformService, transportOf(protocol, token)).watchStats({}, { timeoutMs: 5_000 })));
  const purge = (token: string | undefined) =>
    outcome(createClient(DeadLetterService, transportOf(protocol, token)).purgeDeadLetters({}));

  it('a read, unary or a stream, needs a token that may read', async () => {
    for (const ask of [read, watch]) {
      expect(await ask(READ)).toBe('ok');
      expect(await ask(undefined)).toBe('Unauthenticated TOKEN_MISSING tenants');
      expect(await ask('token-of-nobody')).toBe('Unauthenticated TOKEN_UNKNOWN tenants');
      expect(await ask(SEND)).toBe('PermissionDenied PERMISSION_MISSING may');
      expect(await ask(OPERATE)).toBe('PermissionDenied PERMISSION_MISSING may');
    }
  });

  it('what changes dead letters needs one that may operate, before the request is looked at', async () => {
    const changes = createClient(DeadLetterService, transportOf(protocol, READ));
    expect(await purge(OPERATE)).toMatch(/^InvalidArgument/);
    expect(await purge(READ)).toBe('PermissionDenied PERMISSION_MISSING may');
    expect(await outcome(changes.replayDeadLetters({}))).toBe('PermissionDenied PERMISSION_MISSING may');
    expect(await purge(undefined)).toBe('Unauthenticated TOKEN_MISSING tenants');
  });

  it('health is open to probes', async () => {
    expect(await outcome(createClient(Health, transportOf(protocol, undefined)).check({}))).toBe('ok');
  });
});

describe('URLs for people', () => {
  it('need a token that may read, and say how to come back', async () => {
    const nobody = await get('/v1/status');
    expect(nobody.status).toBe(401);
    expect(nobody.headers['www-authenticate']).toBe('Bearer');
    expect(JSON.parse(nobody.body)).toMatchObject({
      error: { id: 'TOKEN_MISSING', advice: expect.stringContaining('--token') },
    });
    const station = await get('/v1/dead-letters', SEND);
    expect(station.status).toBe(403);
    expect(JSON.parse(station.body)).toMatchObject({ error: { id: 'PERMISSION_MISSING' } });
    expect((await get('/v1/nowhere')).status).toBe(401);
    expect((await get('/v1/status', READ)).status).toBe(200);
  });

  it('are kept by no cache that others share', async () => {
    const { status, headers } = await get('/v1/cities?q=berlin', READ);
    expect([status, headers['cache-control']]).toEqual([200, 'private, max-age=60']);
  });

  it('of the contracts and the page are open: they hold no data', async () => {
    expect((await get('/descriptor.binpb')).status).toBe(200);
    expect((await get('/')).status).not.toBe(401);
  });
});

describe('A tenant', () => {
  const other = { name: 'airport', tokenDigests: [tokenDigest('token-of-the-airport')], may: ['read'] as const };
  const both = { name: 'boss', tokenDigests: [tokenDigest('token-of-the-boss')], may: ['read', 'operate'] as const };
  const letters = [
    lateLetter([0, 1, 0], { tenant: 'dashboard' }),
    lateLetter([0, 1, 1], { tenant: 'airport' }),
    lateLetter([0, 2, 0], { tenant: '' }),
  ];
  const producers = [
    { tenant: 'dashboard', producerId: 'p', session: 1n },
    { tenant: 'airport', producerId: 'p', session: 1n },
  ];

  it('is shown its own producers and dead letters alone, an operator those of all', async () => {
    const store = createFakeDeadLetters();
    store.letters = letters;
    await using shared = await startTestPlatform({ callers: [...CALLERS, other, both], analytics: store });
    shared.shardA.status = { producers };
    const as = (token: string) =>
      createConnectTransport({ baseUrl: shared.url, httpVersion: '1.1', interceptors: [withToken(token)] });
    const seenBy = async (token: string) => {
      const status = await createClient(PlatformService, as(token)).getStatus({});
      const found = await createClient(DeadLetterService, as(token)).listDeadLetters({});
      const shown = status.shards.flatMap((shard) => shard.producers);
      return [status.tenant, shown.map(({ tenant }) => tenant), found.deadLetters.map(({ tenant }) => tenant)];
    };
    expect(await seenBy(READ)).toEqual(['dashboard', ['dashboard'], ['dashboard']]);
    expect(await seenBy('token-of-the-airport')).toEqual(['airport', ['airport'], ['airport']]);
    expect(await seenBy('token-of-the-boss')).toEqual(['boss', ['dashboard', 'airport'], ['dashboard', 'airport', '']]);

    const reader = createClient(DeadLetterService, as(READ));
    const [, foreign] = letters.map(({ partition, offset, row }) => ({ partition, offset: BigInt(offset), row }));
    expect(await outcome(reader.getDeadLetter({ id: foreign! }))).toBe('NotFound DEAD_LETTER_UNKNOWN undefined');
    const asked = reader.countDeadLetters({ filter: { tenant: 'airport' } });
    expect(await outcome(asked)).toBe('PermissionDenied PERMISSION_MISSING may');
    const boss = createClient(DeadLetterService, as('token-of-the-boss'));
    expect((await boss.listDeadLetters({ filter: { tenant: 'airport' } })).deadLetters).toHaveLength(1);

    const rest = async (path: string) =>
      (await fetch(shared.url + path, { headers: { authorization: `Bearer ${READ}` } })).json();
    const { shards } = (await rest('/v1/status')) as { shards: { producers: { tenant: string }[] }[] };
    expect(shards.flatMap((shard) => shard.producers.map(({ tenant }) => tenant))).toEqual(['dashboard']);
    const page = (await rest('/v1/dead-letters')) as { dead_letters: { tenant: string }[] };
    expect(page.dead_letters.map(({ tenant }) => tenant)).toEqual(['dashboard']);
    expect(await rest('/v1/dead-letters?tenant=airport')).toMatchObject({ error: { id: 'PERMISSION_MISSING' } });
  });
});
