import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { tokenDigest } from '@isotherm/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';

const TOKEN = 'token-that-may-read';
const PATH = '/isotherm.forecast.v1.ForecastService/GetCurrent';
let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform({ callers: [{ name: 'a', tokenDigests: [tokenDigest(TOKEN)], may: ['read'] }] });
});
afterAll(() => platform[Symbol.asyncDispose]());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends headers, and a body only if there is one: otherwise it is held back for good. */
function post(path: string, headers: Record<string, string>, body?: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(platform.url + path, { method: 'POST', headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
        call.destroy();
      });
    });
    call.on('error', reject);
    if (body === undefined) call.flushHeaders();
    else call.end(body);
  });
}

const held = (type: string) => ({ 'content-type': type, 'content-length': '1000000' });

describe('A call without a token is refused by its headers, its body still unsent', () => {
  it('over Connect', async () => {
    const answer = await post(PATH, held('application/json'));
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'unauthenticated' });
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'same-origin',
    });
  });

  it('over a stream of Connect', async () => {
    const path = '/isotherm.forecast.v1.ForecastService/Watch';
    const answer = await post(path, held('application/connect+json'));
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body.slice(5))).toMatchObject({ error: { code: 'unauthenticated' } });
  });

  it('over gRPC-web', async () => {
    const answer = await post(PATH, held('application/grpc-web+proto'));
    expect(answer.headers['grpc-status']).toBe('16');
  });

  it('over gRPC', async () => {
    const session = connect(platform.url);
    const call = session.request({
      ':method': 'POST',
      ':path': PATH,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const [headers] = (await once(call, 'response')) as [Record<string, string>];
    expect([headers[':status'], headers['grpc-status']]).toEqual([200, '16']);
    session.destroy();
  });
});

describe('With a token', () => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` };

  it('JSON of many levels is refused before it is parsed, compressed or not', async () => {
    const deep = Buffer.from(`{"cities":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`);
    const gzip = { ...headers, 'content-encoding': 'gzip' };
    for (const answer of [await post(PATH, headers, deep), await post(PATH, gzip, gzipSync(deep))]) {
      expect(answer.status).toBe(400);
      expect(answer.body).toContain('more than 32 levels');
    }
  });

  it('brackets within strings are no levels', async () => {
    const answer = await post(PATH, headers, Buffer.from(JSON.stringify({ cities: [`\\"${'['.repeat(50)}`] })));
    expect(answer.body).not.toContain('levels');
  });

  it('an answer names twenty problems and looks for no more', async () => {
    const fields = Array.from({ length: 50_000 }, (_, i) => [`key${i}`, i]);
    const answer = await post(PATH, headers, Buffer.from(JSON.stringify(Object.fromEntries(fields))));
    expect(answer.status).toBe(400);
    expect(answer.body.match(/is no field/g)!.length).toBeLessThanOrEqual(40);
  });
});
