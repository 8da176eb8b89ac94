import { Client, Server, type ServiceDefinition, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAuthority } from './self-signed.ts';
import {
  onlyServices,
  type ServiceTls,
  serviceChannelCredentials,
  serviceServerCredentials,
} from './service-credentials.ts';

const authority = createAuthority('platform');
const other = createAuthority('platform');
const tlsOf = (name: string, issuer = authority): ServiceTls => ({
  ...issuer.issue(name),
  clientAuthority: authority.certificate,
});

const bytes = (value: Buffer) => value;
const codec = {
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
} as const;
const echo = { path: '/test.Echo/Echo', requestStream: false, responseStream: false, ...codec } as const;
const service: ServiceDefinition = { echo };

let server: Server;
let address: string;
beforeAll(async () => {
  server = new Server({ interceptors: [onlyServices(['query', 'operator'], 'hot reads')] });
  server.addService(service, {
    echo: (call: { readonly request: Buffer }, callback: (error: null, answer: Buffer) => void) =>
      callback(null, call.request),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', serviceServerCredentials(tlsOf('compute'), 'hot reads'), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  address = `127.0.0.1:${port}`;
});
afterAll(() => server.forceShutdown());

/** Code of an answer, and its words. */
function call(tls: ServiceTls | undefined): Promise<{ readonly code: number; readonly details: string }> {
  const client = new Client(address, serviceChannelCredentials(tls));
  return new Promise((resolve) => {
    const deadline = Date.now() + 20_000;
    client.makeUnaryRequest(echo.path, bytes, bytes, Buffer.from('hello'), { deadline }, (error, answer) => {
      client.close();
      resolve(error === null ? { code: status.OK, details: String(answer) } : error);
    });
  });
}

it('Services with the right name are served, again and again', async () => {
  for (const name of ['query', 'operator', 'query']) expect(await call(tlsOf(name))).toMatchObject({ code: status.OK });
  expect(await call(tlsOf('query'))).toMatchObject({ details: 'hello' });
});

it('Other services of the platform are refused in a sentence', async () => {
  expect(await call(tlsOf('ingest'))).toMatchObject({
    code: status.PERMISSION_DENIED,
    details: expect.stringMatching(/^ingest may not make hot reads: that is for query, operator\./),
  });
  expect(await call(tlsOf('query.evil'))).toMatchObject({ code: status.PERMISSION_DENIED });
});

it('A certificate of another authority, and plain text, do not come through', async () => {
  expect(await call(tlsOf('query', other))).toMatchObject({ code: status.UNAVAILABLE });
  expect(await call(undefined)).toMatchObject({ code: status.UNAVAILABLE });
});

it('A server that is not of the platform is not believed', async () => {
  const stranger = { ...other.issue('query'), clientAuthority: other.certificate };
  expect(await call(stranger)).toMatchObject({ code: status.UNAVAILABLE });
});
