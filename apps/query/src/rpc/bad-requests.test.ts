import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { create, toBinary } from '@bufbuild/protobuf';
import { ForecastService, GetCurrentRequestSchema } from '@isotherm/contracts/forecast/v1/forecast_service';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { cityState } from '../testing/city-state.ts';
import { BERLIN, startTestPlatform } from '../testing/test-platform.ts';

const platform = await startTestPlatform({ maxRequestBytes: 10_000 });
platform.shardA.put(cityState(BERLIN));
const { url } = platform;
const GET_CURRENT = '/isotherm.forecast.v1.ForecastService/GetCurrent';
afterAll(() => platform[Symbol.asyncDispose]());
afterEach(async () => {
  // Whatever was sent, the process answers the next call.
  const { conditions } = await platform.client(ForecastService).getCurrent({ cities: [BERLIN] });
  expect(conditions).toHaveLength(1);
});

const post = (body: Uint8Array<ArrayBuffer> | string, contentType: string) =>
  fetch(url + GET_CURRENT, { method: 'POST', body, headers: { 'content-type': contentType } });

describe('A request that cannot be understood', () => {
  it.each([
    ['nonsense for JSON', '{"cities": [', 'application/json', 400],
    ['JSON of another shape', '{"cities": {"a": 1}}', 'application/json', 400],
    ['a content type of nothing here', 'cities=berlin', 'application/x-www-form-urlencoded', 415],
    ['more than the largest request', JSON.stringify({ cities: ['x'.repeat(20_000)] }), 'application/json', 413],
  ])('is refused: %s', async (_what, body, contentType, status) => {
    const response = await post(body, contentType);
    await response.arrayBuffer();
    expect(response.status).toBe(status);
  });

  it('is refused when its bytes are truncated or changed anywhere, never with 500', async () => {
    const whole = toBinary(GetCurrentRequestSchema, create(GetCurrentRequestSchema, { cities: [BERLIN, 'paris'] }));
    const change = fc.record({
      at: fc.nat({ max: whole.length - 1 }),
      byte: fc.nat({ max: 255 }),
      length: fc.nat({ max: whole.length }),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, byte, length }) => {
        const bytes = Uint8Array.from(whole);
        bytes[at] = byte;
        const response = await post(bytes.slice(0, length), 'application/proto');
        await response.arrayBuffer();
        expect([200, 400, 404]).toContain(response.status);
      }),
      { numRuns: 60 },
    );
  });

  it('is refused when it is random bytes under gRPC', async () => {
    const session = connectHttp2(url);
    session.on('error', () => undefined);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
        const stream = session.request({
          ':method': 'POST',
          ':path': GET_CURRENT,
          'content-type': 'application/grpc',
          te: 'trailers',
        });
        stream.end(Buffer.from(bytes));
        stream.resume();
        const told = await new Promise<Record<string, unknown>>((resolve) => {
          stream.on('trailers', resolve);
          stream.on('response', (headers) => 'grpc-status' in headers && resolve(headers));
          for (const event of ['error', 'close']) stream.on(event, () => resolve({ 'grpc-status': event }));
        });
        // 12 is gRPC's word for a call without a message, 13 for a compressed one that names no compression.
        expect(['3', '8', '12', '13', 'error', 'close']).toContain(String(told['grpc-status']));
        expect(told['grpc-status'] === '13' && String(told['grpc-message']).startsWith('parse')).toBe(false);
      }),
      { numRuns: 40 },
    );
    session.destroy();
  });

  it('harms nobody when its client hangs up in the middle', async () => {
    const { hostname, port } = new URL(url);
    for (const length of [0, 40, 150]) {
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      const head = `POST ${GET_CURRENT} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"cities":`;
      socket.write(head.slice(0, length === 0 ? head.length : length));
      socket.resetAndDestroy();
    }
  });

  it('is refused past the number of calls the server answers at once', async () => {
    await using busy = await startTestPlatform({ maxConcurrentCalls: 1 });
    busy.shardA.put(cityState(BERLIN));
    const release = Promise.withResolvers<never>();
    busy.shardA.answer = () => release.promise;
    const waiting = [fetch(`${busy.url}/v1/current/${BERLIN}`)];
    await expect.poll(() => busy.shardA.requests.length).toBe(1);
    const refused = await fetch(`${busy.url}/v1/current/${BERLIN}`);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({ error: { id: 'TOO_MANY_CALLS' } });
    release.reject(new Error('released'));
    expect((await waiting[0]!).status).toBe(500);
  });
});
