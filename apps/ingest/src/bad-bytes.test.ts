import { randomBytes } from 'node:crypto';
import { connect } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import { encodeStreamBatch } from '@isotherm/observation-wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallFailure } from './testing/ingest-client.ts';
import { type IngestFixture, NOW_MS, startFixture } from './testing/ingest-fixture.ts';
import { detailsOf } from './testing/status-details.ts';

const rows = (count: number, sequence = 1) =>
  encodeStreamBatch({
    sequence,
    createdUnixMs: NOW_MS,
    columns: {
      cities: ['1'],
      cityIndex: new Uint32Array(count),
      baseMs: NOW_MS,
      observedOffsetMs: new Uint32Array(count),
      wind: { scale: 0, unscaled: new Int32Array(count) },
    },
  });

describe('Bytes that are no message', () => {
  let fixture: IngestFixture;
  beforeAll(async () => {
    fixture = await startFixture();
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  it('end their stream with a clear error, after what was sent before is kept and acked', async () => {
    const other = fixture.client.openStream();
    const stream = fixture.client.openStream();
    stream.sendBytes(rows(3, 1));
    stream.sendBytes(rows(3, 2).subarray(0, 20));
    expect(await stream.next()).toMatchObject({ sequence: 1n, result: { case: 'ack', value: { accepted: 3 } } });
    const failure = await stream.ended;
    expect(failure?.code).toBe(status.INVALID_ARGUMENT);
    expect(detailsOf(failure?.status).reason).toBe('MESSAGE_MALFORMED');
    other.sendBytes(rows(2));
    expect(await other.next()).toMatchObject({ result: { case: 'ack', value: { accepted: 2 } } });
    other.end();
    await other.ended;
  });

  it('are refused in a unary call, however random', async () => {
    let refused = 0;
    for (let size = 1; size < 40; size += 1) {
      const outcome = await fixture.client.ingestBytes(randomBytes(size)).catch((failure: CallFailure) => failure);
      if ('code' in outcome) {
        expect(outcome.code).toBe(status.INVALID_ARGUMENT);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(20);
  });

  it('are refused on a stream, however random', async () => {
    for (let size = 1; size < 20; size += 1) {
      const stream = fixture.client.openStream();
      stream.sendBytes(Buffer.concat([Buffer.of(0x12, size), randomBytes(size)]));
      stream.end();
      const failure = await stream.ended;
      expect([undefined, status.INVALID_ARGUMENT]).toContain(failure?.code);
    }
  });

  it('are refused when they are no gRPC at all, and the connection of others goes on', async () => {
    const session = connect(`http://127.0.0.1:${fixture.ingest.address.port}`);
    const answered = new Promise<number>((resolve, reject) => {
      const request = session.request({
        ':method': 'POST',
        ':path': '/isotherm.ingest.v1.IngestService/Ingest',
        'content-type': 'application/json',
      });
      request.on('response', (headers) => resolve(Number(headers[':status'])));
      request.on('error', reject);
      request.end('{"observations":[]}');
    });
    expect(await answered).toBe(415);
    session.close();
    expect(await fixture.client.ingest({})).toMatchObject({ accepted: 0 });
  });
});

describe('A message that is too large', () => {
  it('of more rows than allowed is refused by the setting that says so', async () => {
    await using fixture = await startFixture({ limits: { maxRowsPerMessage: 100 } });
    const stream = fixture.client.openStream();
    stream.sendBytes(rows(101));
    const failure = await stream.ended;
    expect(failure?.code).toBe(status.INVALID_ARGUMENT);
    expect(detailsOf(failure?.status).metadata).toMatchObject({
      setting: 'maxRowsPerMessage',
      maxRowsPerMessage: '100',
    });
  });

  it('of more bytes than allowed is refused by the setting that says so', async () => {
    await using fixture = await startFixture({ limits: { maxMessageBytes: 10_000 } });
    const failure = await fixture.client.ingestBytes(randomBytes(10_001)).catch((error: CallFailure) => error);
    expect(detailsOf((failure as CallFailure).status).metadata['setting']).toBe('maxMessageBytes');
  });

  it('of 10 million rows is refused without being read, and others are not harmed', async () => {
    await using fixture = await startFixture();
    const stream = fixture.client.openStream();
    stream.sendBytes(rows(10_000_000));
    const failure = await stream.ended;
    expect(failure?.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(failure?.message).toMatch(/larger than max/);
    expect(await fixture.client.ingest({})).toMatchObject({ accepted: 0 });
    expect((await fixture.contents()).rows).toEqual([]);
  });

  it('of 10 million rows squeezed by compression is refused too', async () => {
    await using fixture = await startFixture();
    const squeezed = gzipSync(rows(10_000_000), { level: 1 });
    const session = connect(`http://127.0.0.1:${fixture.ingest.address.port}`);
    const grpcStatus = await new Promise<string>((resolve, reject) => {
      const request = session.request({
        ':method': 'POST',
        ':path': '/isotherm.ingest.v1.IngestService/Ingest',
        'content-type': 'application/grpc',
        'grpc-encoding': 'gzip',
        te: 'trailers',
      });
      request.on(
        'response',
        (headers) => headers['grpc-status'] !== undefined && resolve(String(headers['grpc-status'])),
      );
      request.on('trailers', (trailers) => resolve(String(trailers['grpc-status'])));
      request.on('error', reject);
      const prefix = Buffer.alloc(5);
      prefix.writeUInt8(1, 0);
      prefix.writeUInt32BE(squeezed.byteLength, 1);
      request.end(Buffer.concat([prefix, squeezed]));
      request.resume();
    });
    session.destroy();
    expect(Number(grpcStatus)).toBe(status.RESOURCE_EXHAUSTED);
    expect(await fixture.client.ingest({})).toMatchObject({ accepted: 0 });
  });
});

describe('A client that disconnects mid-stream', () => {
  it('leaves what it sent in whole messages in the log, and nothing of the rest', async () => {
    await using fixture = await startFixture();
    const stream = fixture.client.openStream();
    for (let sequence = 1; sequence <= 20; sequence += 1) stream.sendBytes(rows(10, sequence));
    await stream.next();
    stream.call.cancel();
    await stream.ended;
    await expect.poll(() => fixture.ingest.stats()).toMatchObject({ openStreams: 0, pendingBytes: 0 });
    const logged = (await fixture.contents()).rows.length;
    expect(logged % 10).toBe(0);
    expect(fixture.ingest.stats().acceptedObservations).toBe(logged);
    expect(await fixture.client.ingest({})).toMatchObject({ accepted: 0 });
  });
});
