import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { cityState } from '../testing/city-state.ts';
import { createFakeAnalytics, historyRow } from '../testing/fake-analytics.ts';
import { BERLIN, PARIS, startTestPlatform } from '../testing/test-platform.ts';

const analytics = createFakeAnalytics();
const platform = await startTestPlatform({ analytics });
const { shardA, shardB, url } = platform;
shardA.put(
  cityState(BERLIN, { temperatureCelsius: 21.376, heatIndexCelsius: 33 }),
  cityState(PARIS),
  cityState('ns/Vancouver'),
);
afterAll(() => platform[Symbol.asyncDispose]());
beforeEach(() => {
  platform.nowMs += 60_000;
  analytics.rows = [];
});

async function get(path: string, init: RequestInit = {}) {
  const response = await fetch(url + path, init);
  const text = await response.text();
  return { response, status: response.status, json: text === '' ? undefined : JSON.parse(text) };
}

/** A request with headers that fetch would not send. */
function raw(headers: Record<string, string>, path = '/v1/current/berlin'): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const request = httpRequest({ hostname, port, path, headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject).end();
  });
}

describe('GET /v1/current/{city}', () => {
  it('answers by name in rounded numbers, with units, age, formula and missing values as null', async () => {
    const { response, status, json } = await get('/v1/current/Berlin?units=fahrenheit&wind=kmh');
    expect(status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('public, max-age=1');
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect(json).toMatchObject({
      city: { city_id: BERLIN, name: 'Berlin', country_code: 'DE', time_zone: 'Europe/Berlin' },
      observe_time: '2026-07-01T11:59:50.000Z',
      local_time: '2026-07-01T13:59:50+02:00',
      units: { temperature: 'fahrenheit', wind_speed: 'kilometers_per_hour' },
      temperature: 70.48,
      wind_speed: 18,
      heat_index_formula: 'NWS',
      wind_chill: null,
      risk: 'extreme_caution',
      quality: 'coarse_pass',
      demo: false,
      as_of_offset: 41,
      observations: 7,
    });
    expect(json.rolling[0]).toMatchObject({ window_seconds: 3600, temperature_max: 69.8, heat_index_mean: null });
  });

  it('finds ids with any characters, escaped or not', async () => {
    for (const path of ['/v1/current/ns/Vancouver', '/v1/current/ns%2FVancouver']) {
      expect((await get(path)).json.city.city_id).toBe('ns/Vancouver');
    }
    expect((await get('/v1/current/Paris,%20FR')).json.city.city_id).toBe(PARIS);
  });

  it('answers 404 with near matches for an unknown city', async () => {
    const { response, status, json } = await get('/v1/current/Berlln');
    expect(status).toBe(404);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(json.error).toMatchObject({
      id: 'CITY_UNKNOWN',
      message: 'No city is known as "Berlln".',
      near: [{ city_id: BERLIN, name: 'Berlin', country: 'Germany' }, { name: 'Berlin Köpenick' }],
    });
    expect(json.error.advice).toContain('Did you mean Berlin, Germany (2950159)');
  });

  it.each([
    ['/v1/current/Madrid', 404, 'CITY_WITHOUT_OBSERVATIONS', 'Send one'],
    ['/v1/current/', 400, 'REQUEST_INVALID', ''],
    [`/v1/current/${'x'.repeat(201)}`, 400, 'REQUEST_INVALID', ''],
    ['/v1/current/%E0%A4%A', 400, 'REQUEST_INVALID', '%25'],
    ['/v1/current/berlin?units=rankine', 400, 'REQUEST_INVALID', ''],
    ['/v1/current/berlin?unit=f', 400, 'REQUEST_INVALID', ''],
    ['/v1/current/berlin?units=f&units=c', 400, 'REQUEST_INVALID', ''],
    ['/v1/nothing', 404, 'URL_UNKNOWN', '/v1/current/{city}'],
    ['/v1', 404, 'URL_UNKNOWN', '/v1/current/{city}'],
    ['/nothing', 404, 'URL_UNKNOWN', ''],
  ])('answers %s with %d %s', async (path, expected, id, advice) => {
    const { status, json } = await get(path);
    expect(status).toBe(expected);
    expect(json.error.id).toBe(id);
    expect(json.error.advice).toContain(advice);
  });

  it('names the parameter and what it may be', async () => {
    const { json } = await get('/v1/current/berlin?units=rankine');
    expect(json.error.fields).toEqual([
      { field: 'units', description: expect.stringContaining('"rankine" is none of celsius, fahrenheit, kelvin') },
    ]);
  });

  it('answers 503 with Retry-After while the shard is away', async () => {
    shardB.put(cityState('bora/1'));
    await shardB.stop();
    const { response, status, json } = await get('/v1/current/bora/1');
    expect([status, json.error.id]).toEqual([503, 'SHARD_UNAVAILABLE']);
    expect(response.headers.get('retry-after')).toBe('1');
    await shardB.start();
  });

  it('answers GET and HEAD only', async () => {
    const head = await get('/v1/current/berlin', { method: 'HEAD' });
    expect([head.status, head.json]).toEqual([200, undefined]);
    expect((await get('/v1/current/berlin', { method: 'POST' })).status).toBe(405);
    expect((await get('/isotherm.forecast.v1.ForecastService/Nothing', { method: 'POST' })).status).toBe(404);
  });
});

describe('A Host header', () => {
  it.each(['localhost', 'LOCALHOST:80', '127.0.0.1:1234', '[::1]:8080', 'isotherm.localhost'])(
    'of loopback is served: %s',
    async (host) => {
      expect(await raw({ host })).toBe(200);
    },
  );

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io', 'a b'])(
    'of another server is refused: %j',
    async (host) => {
      expect(await raw({ host })).toBeGreaterThanOrEqual(400);
      const rpc = '/isotherm.forecast.v1.ForecastService/GetCurrent';
      expect(await raw({ host, 'content-type': 'application/json' }, rpc)).toBeGreaterThanOrEqual(400);
    },
  );
});

describe('A request without a Host header', () => {
  it.each(['', 'Host:\r\n'])('is refused: %j', async (header) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.write(`POST /isotherm.forecast.v1.ForecastService/GetCurrent HTTP/1.0\r\n${header}\r\n`);
    const [said] = (await once(socket, 'data')) as [Buffer];
    expect(said.toString()).toMatch(/^HTTP\/1\.1 403/);
    socket.destroy();
  });
});

describe('Other URLs', () => {
  it('/v1/forecast/{city}', async () => {
    const { json } = await get('/v1/forecast/berlin?hours=1');
    expect(json).toMatchObject({
      issue_time: '2026-07-01T12:00:00.000Z',
      points: [{ lead_hours: 1, model: 'persistence' }],
    });
    expect(json.points[0]).toMatchObject({
      valid_time: '2026-07-01T13:00:00.000Z',
      local_time: '2026-07-01T15:00:00+02:00',
      temperature_low: 19,
      heat_index: null,
      interval_level: 0.9,
      skill: 0.25,
    });
  });

  it('/v1/history/{city}, page by page', async () => {
    const day = Date.UTC(2026, 2, 29);
    analytics.rows = [historyRow(day, { count: 2, temperature: 1.005 }), historyRow(day + 3_600_000)];
    const path = '/v1/history/berlin?from=2026-03-29&to=2026-03-30T00:00:00%2B02:00&resolution=hour&page_size=1';
    const first = await get(path);
    expect(first.json).toMatchObject({
      resolution: 'hour',
      time_zone: 'Europe/Berlin',
      next_page_token: expect.any(String),
    });
    expect(first.json.points).toEqual([
      expect.objectContaining({ local_time: '2026-03-29T01:00:00+01:00', count: 2, heat_index: null }),
    ]);
    expect(analytics.histories.at(-1)?.toMs).toBe(Date.UTC(2026, 2, 29, 22));
    const second = await get(`${path}&page_token=${first.json.next_page_token}`);
    expect(second.json).toMatchObject({ points: [{ local_time: '2026-03-29T03:00:00+02:00' }], next_page_token: null });
    expect((await get('/v1/history/berlin?from=yesterday')).json.error.fields[0].field).toBe('from');
  });

  it('/v1/rank', async () => {
    analytics.ranking = [{ cityId: PARIS, value: 4.5678, count: 9 }];
    const { json } = await get('/v1/rank?metric=wind&order=asc&limit=1&country=fr');
    expect(json).toMatchObject({ cities: [{ name: 'Paris', value: 4.57, count: 9, demo: true }] });
    expect(analytics.ranks.at(-1)).toMatchObject({ metric: 'wind', ascending: true, limit: 1 });
  });

  it('/v1/cities by name and by place, with an ETag', async () => {
    const found = await get('/v1/cities?q=berl&limit=1');
    expect(found.json.cities).toMatchObject([{ city_id: BERLIN, population: 3426354 }]);
    const etag = found.response.headers.get('etag') ?? '';
    expect((await get('/v1/cities?q=berl&limit=1', { headers: { 'if-none-match': etag } })).status).toBe(304);
    const near = await get('/v1/cities?lat=48.85&lon=2.35&limit=1');
    expect(near.json.cities[0]).toMatchObject({ country: 'France', distance_km: expect.any(Number) });
    for (const query of ['', '?q=a&lat=1', '?lat=91&lon=0', '?lat=x&lon=1', '?q=a&limit=-1']) {
      expect((await get(`/v1/cities${query}`)).status).toBe(400);
    }
  });

  it('/v1/status', async () => {
    shardA.status = { partitions: [{ partition: 3, owner: 'shard-a', endOffset: 5n, lagSeconds: 0.1234 }] };
    platform.beat({ acceptedPerSecond: 12.345, feed: { replaying: true, positionMs: 0, shareDone: 0.5 } });
    const { json } = await get('/v1/status');
    expect(json).toMatchObject({
      version: '1.2.3',
      incarnation: '0123456789abcdef',
      stats: { accepted_per_second: 12.35, freshness_p99_ms: null, feed: { replaying: true, share_done: 0.5 } },
      unreachable_shards: [],
    });
    expect(json.shards[0].partitions[0]).toMatchObject({
      partition: 3,
      end_offset: 5,
      lag_seconds: 0.123,
      watermark_time: null,
    });
  });

  it('/descriptor.binpb', async () => {
    const response = await fetch(`${url}/descriptor.binpb`);
    expect(response.headers.get('content-type')).toContain('google.protobuf.FileDescriptorSet');
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(10_000);
  });
});
