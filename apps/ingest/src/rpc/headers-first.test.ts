import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { systemRuntime } from '@isotherm/runtime';
import { createLogger, createRefusalLog } from '@isotherm/service-kit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type IngestFixture, startFixture } from '../testing/ingest-fixture.ts';
import { authenticateFirst } from './authenticate-first.ts';
import { INGEST_DEFINITION } from './ingest-definition.ts';

const TOKEN = 'token-of-the-north';
const PATH = '/isotherm.ingest.v1.IngestService/Ingest';
const [UNAUTHENTICATED, PERMISSION_DENIED, DEADLINE_EXCEEDED] = ['16', '7', '4'];
const [EXHAUSTED, INVALID_ARGUMENT] = ['8', '3'];

let session: ClientHttp2Session;
const open = (port: number) => {
  session = connect(`http://127.0.0.1:${port}`);
};
afterEach(() => session.destroy());

/** A call that has sent its headers and, of a message of 4 MB, 64 KB; the rest never comes. */
function holdBody(token?: string, path = PATH): ClientHttp2Stream {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const call = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...authorization,
  });
  const begun = Buffer.alloc(64 * 1024);
  begun.writeUInt32BE(4_000_000, 1);
  call.on('error', () => undefined).write(begun);
  return call;
}

/** The status that a call ends with, whether in its headers alone or in trailers. */
async function statusOf(call: ClientHttp2Stream): Promise<string | undefined> {
  const [headers] = (await once(call, 'response')) as [Record<string, string>];
  if (headers['grpc-status'] !== undefined) return headers['grpc-status'];
  const [trailers] = (await once(call.resume(), 'trailers')) as [Record<string, string>];
  return trailers['grpc-status'];
}

describe('Ingest with tokens', () => {
  let fixture: IngestFixture;
  beforeAll(async () => {
    fixture = await startFixture({ tenants: { tenants: [{ name: 'north', tokens: [TOKEN] }] } });
  });
  beforeEach(() => open(fixture.ingest.address.port));
  afterAll(() => fixture[Symbol.asyncDispose]());

  it('refuses a call by its headers, its body still unsent', async () => {
    expect(await statusOf(holdBody())).toBe(UNAUTHENTICATED);
    expect(await statusOf(holdBody('token-of-nobody-at-all'))).toBe(UNAUTHENTICATED);
    expect(await statusOf(holdBody(undefined, '/isotherm.ingest.v1.IngestService/IngestStream'))).toBe(UNAUTHENTICATED);
    expect(await statusOf(holdBody(TOKEN, '/isotherm.ingest.v1.ReplayService/Replay'))).toBe(PERMISSION_DENIED);
  });

  it('keeps few bodies of a connection that are held back; the rest are refused, and it goes on for others', async () => {
    const calls = Array.from({ length: 100 }, () => holdBody(TOKEN));
    const refused = await Promise.all(calls.slice(16).map(statusOf));
    expect(new Set(refused)).toEqual(new Set([EXHAUSTED]));
    for (const call of calls.slice(0, 16)) call.close(constants.NGHTTP2_CANCEL);
    await Promise.all(calls.slice(0, 16).map((call) => (call.closed ? undefined : once(call, 'close'))));
    const whole = async () => {
      const next = holdBody(TOKEN);
      next.end(Buffer.alloc(4_000_000 + 5 - 64 * 1024));
      return await statusOf(next);
    };
    await expect.poll(whole).toBe(INVALID_ARGUMENT);
  });
});

it('A body that does not come ends its call', async () => {
  const logger = createLogger({ service: 'test', level: 'silent' });
  const refusals = createRefusalLog(logger);
  const server = new Server({
    interceptors: [
      authenticateFirst(
        { check: () => undefined, onRefused: () => undefined, refusals, runtime: systemRuntime },
        { bodyTimeoutMs: 50 },
      ),
    ],
  });
  server.addService(INGEST_DEFINITION, { ingest: () => undefined, ingestStream: () => undefined });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  open(port);
  expect(await statusOf(holdBody(TOKEN))).toBe(DEADLINE_EXCEEDED);
  server.forceShutdown();
});
