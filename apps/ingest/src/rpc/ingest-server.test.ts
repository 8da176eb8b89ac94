import { once } from 'node:events';
import { Client, credentials, type Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { createSelfSigned } from '@isotherm/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIngest } from '../index.ts';
import { type IngestFixture, startFixture } from '../testing/ingest-fixture.ts';

/** The name in the certificates. */
const NAMED = { 'grpc.ssl_target_name_override': 'localhost' };

const asIs = (bytes: Buffer): Buffer => bytes;

function call(client: Client, path: string, request: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, asIs, asIs, request, { deadline: Date.now() + 10_000 }, (error, answer) =>
      error === null ? resolve(answer!) : reject(error),
    );
  });
}

describe('The server', () => {
  let fixture: IngestFixture;
  let client: Client;
  beforeAll(async () => {
    fixture = await startFixture();
    client = new Client(`127.0.0.1:${fixture.ingest.address.port}`, credentials.createInsecure());
  });
  afterAll(async () => {
    client.close();
    await fixture[Symbol.asyncDispose]();
  });

  it('answers health checks, and says when it goes away', async () => {
    const SERVING = Buffer.of(0x08, 1);
    expect(await call(client, '/grpc.health.v1.Health/Check', Buffer.of())).toEqual(SERVING);
    const named = Buffer.concat([Buffer.of(0x0a, 33), Buffer.from('isotherm.ingest.v1.IngestService')]);
    named[1] = named.byteLength - 2;
    expect(await call(client, '/grpc.health.v1.Health/Check', named)).toEqual(SERVING);
    const going = await startFixture();
    const other = new Client(`127.0.0.1:${going.ingest.address.port}`, credentials.createInsecure());
    expect(await call(other, '/grpc.health.v1.Health/Check', Buffer.of())).toEqual(SERVING);
    await going.ingest.drain();
    expect(await call(other, '/grpc.health.v1.Health/Check', Buffer.of())).toEqual(Buffer.of(0x08, 2));
    other.close();
    await going[Symbol.asyncDispose]();
  });

  it.each(['v1', 'v1alpha'])('describes its services to those who ask by reflection %s', async (version) => {
    const stream = client.makeBidiStreamRequest(
      `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
      asIs,
      asIs,
    );
    stream.write(Buffer.concat([Buffer.of(0x3a, 1), Buffer.from('*')]));
    const [services] = (await once(stream, 'data')) as [Buffer];
    expect(services.toString('latin1')).toContain('isotherm.ingest.v1.IngestService');
    expect(services.toString('latin1')).toContain('grpc.health.v1.Health');
    const symbol = Buffer.from('isotherm.ingest.v1.IngestService');
    stream.write(Buffer.concat([Buffer.of(0x22, symbol.byteLength), symbol]));
    const [file] = (await once(stream, 'data')) as [Buffer];
    expect(file.toString('latin1')).toContain('relative_humidity_percent');
    stream.end();
  });

  it('names the port and the remedy when another program listens there', async () => {
    const { port } = fixture.ingest.address;
    const { log } = fixture;
    const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
    const started = startIngest({
      log,
      port,
      logger: {
        ...silent,
        child: () => {
          throw new Error('unused');
        },
      },
    });
    await expect(started).rejects.toMatchObject({ id: 'PORT_IN_USE', message: expect.stringContaining(String(port)) });
  });
});

describe('The server over TLS', () => {
  it('speaks to clients that trust its certificate', async () => {
    const own = createSelfSigned('ingest');
    await using fixture = await startFixture({ tls: own });
    const trusted = new Client(
      `127.0.0.1:${fixture.ingest.address.port}`,
      credentials.createSsl(own.certificate),
      NAMED,
    );
    expect(await call(trusted, '/grpc.health.v1.Health/Check', Buffer.of())).toEqual(Buffer.of(0x08, 1));
    trusted.close();
  });

  it('turns away clients without a certificate where it asks for one', async () => {
    const own = createSelfSigned('ingest');
    const caller = createSelfSigned('station');
    await using fixture = await startFixture({ tls: { ...own, clientAuthority: caller.certificate } });
    const address = `127.0.0.1:${fixture.ingest.address.port}`;
    const known = new Client(address, credentials.createSsl(own.certificate, caller.key, caller.certificate), NAMED);
    expect(await call(known, '/grpc.health.v1.Health/Check', Buffer.of())).toEqual(Buffer.of(0x08, 1));
    known.close();
    const unknown = new Client(address, credentials.createSsl(own.certificate), NAMED);
    const failure: ServiceError & { metadata: Metadata } = await call(
      unknown,
      '/grpc.health.v1.Health/Check',
      Buffer.of(),
    ).then(
      () => Promise.reject(new Error('it was let in')),
      (error: ServiceError) => error,
    );
    expect(failure.code).toBe(14);
    unknown.close();
  });

  it('has a second address for its own process, with certificates of its own and the same tokens', async () => {
    const own = createSelfSigned('isotherm');
    const tls = { ...own, clientAuthority: own.certificate };
    const tenants = { tenants: [{ name: 'isotherm', tokens: ['token-of-the-platform'] }] };
    await using fixture = await startFixture({ tls: createSelfSigned('ingest'), internal: { port: 0, tls }, tenants });
    const { host, port } = fixture.ingest.internalAddress;
    expect(port).not.toBe(fixture.ingest.address.port);
    const known = new Client(`${host}:${port}`, credentials.createSsl(own.certificate, own.key, own.certificate));
    expect(await call(known, '/grpc.health.v1.Health/Check', Buffer.of())).toEqual(Buffer.of(0x08, 1));
    await expect(call(known, '/isotherm.ingest.v1.IngestService/Ingest', Buffer.of())).rejects.toMatchObject({
      code: status.UNAUTHENTICATED,
    });
    known.close();
    const unknown = new Client(`${host}:${port}`, credentials.createSsl(own.certificate));
    await expect(call(unknown, '/grpc.health.v1.Health/Check', Buffer.of())).rejects.toMatchObject({ code: 14 });
    unknown.close();
  });

  it('refuses to start with a certificate that is none', async () => {
    await expect(startFixture({ tls: { certificate: Buffer.from('x'), key: Buffer.from('y') } })).rejects.toMatchObject(
      {
        id: 'TLS_INVALID',
      },
    );
  });
});
