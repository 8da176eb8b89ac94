import { status } from '@grpc/grpc-js';
import { type IngestStreamResponse, RejectReason } from '@isotherm/contracts/ingest/v1/ingest_service';
import { createMemoryLog } from '@isotherm/log';
import { type Runtime, systemRuntime } from '@isotherm/runtime';
import type { TenantsOptions } from '@isotherm/service-kit';
import { describe, expect, it } from 'vitest';
import { holdLog } from '../testing/hold-log.ts';
import { type CallFailure, connectIngest, type IngestStreamClient } from '../testing/ingest-client.ts';
import { type IngestFixture, NOW_MS, startFixture } from '../testing/ingest-fixture.ts';
import { connectReplay } from '../testing/replay-client.ts';
import { detailsOf } from '../testing/status-details.ts';

const TOKEN = 'token-of-the-station';
const OTHER_TOKEN = 'token-of-the-airport';
const PRODUCER = { producerId: 'station', session: 1n };

/** A clock of rates that stands still until it is moved. */
function createStillClock(): { readonly runtime: Runtime; nowMs: number } {
  const clock = { nowMs: 0, runtime: systemRuntime };
  clock.runtime = { ...systemRuntime, now: () => NOW_MS, monotonicMs: () => clock.nowMs };
  return clock;
}

function startLimited(tenants: TenantsOptions, more: Parameters<typeof startFixture>[0] = {}): Promise<IngestFixture> {
  return startFixture({ tenants, ...more });
}

function send(stream: IngestStreamClient, sequence: number, rows: readonly number[], cities: readonly string[] = []) {
  stream.send({
    sequence,
    createdUnixMs: NOW_MS,
    columns: {
      cities,
      cityIndex: Uint32Array.from(rows),
      baseMs: NOW_MS - 1_000,
      observedOffsetMs: Uint32Array.from(rows, (_, row) => row),
      temperature: { scale: 1, unscaled: Int32Array.from(rows, () => sequence) },
    },
  });
}

function refusalOf(answer: IngestStreamResponse) {
  if (answer.result.case !== 'error') throw new Error('it was not refused');
  return { code: answer.result.value.code, ...detailsOf(answer.result.value) };
}

const unaryBatch = (sequence: bigint, rows = 1) => ({
  batch: { ...PRODUCER, sequence, createTime: { seconds: BigInt(NOW_MS / 1000), nanos: 0 } },
  columns: {
    cities: ['berlin'],
    cityIndex: Array.from({ length: rows }, () => 0),
    baseUnixMs: BigInt(NOW_MS - 1_000),
    observedOffsetMs: Array.from({ length: rows }, (_, row) => row),
    windSpeedMps: { unscaled: Array.from({ length: rows }, () => 1) },
  },
});

function failureOf(call: Promise<unknown>): Promise<CallFailure> {
  return call.then(
    () => Promise.reject(new Error('it was not refused')),
    (failure: CallFailure) => failure,
  );
}

describe('A stream over its rate', () => {
  it('is told when to come back, goes on, keeps its dictionary, and its retry counts once', async () => {
    const clock = createStillClock();
    await using fixture = await startLimited(
      { limits: { maxObservationsPerSecond: 2, burstSeconds: 1 } },
      { runtime: clock.runtime },
    );
    const stream = fixture.client.openStream(PRODUCER);
    send(stream, 1, [0, 0, 0], ['berlin']);
    expect(await stream.next()).toMatchObject({ sequence: 1n, result: { case: 'ack', value: { accepted: 3 } } });
    send(stream, 2, [0, 1], ['paris']);
    const answer = await stream.next();
    expect(answer.sequence).toBe(2n);
    const refusal = refusalOf(answer);
    expect(refusal).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      reason: 'TENANT_RATE_EXCEEDED',
      metadata: { tenant: 'anonymous', setting: 'maxObservationsPerSecond', limit: '2' },
    });
    expect(fixture.ingest.stats()).toMatchObject({ refusedBatches: 1, ackedBatches: 1 });
    clock.nowMs += refusal.retryAfterMs!;
    // The refused message named Paris: later ones may refer to it.
    send(stream, 3, [1, 1]);
    expect(await stream.next()).toMatchObject({ sequence: 3n, result: { case: 'ack', value: { accepted: 2 } } });
    clock.nowMs += 10_000;
    send(stream, 2, [0, 1]);
    expect(await stream.next()).toMatchObject({
      sequence: 2n,
      result: { case: 'ack', value: { accepted: 2, duplicate: false } },
    });
    const { rows } = await fixture.contents();
    const paris = rows.filter(({ cityId }) => cityId === 'paris').map(({ temperature }) => temperature);
    expect([...paris].sort()).toEqual([0.2, 0.3, 0.3]);
    clock.nowMs += 10_000;
    send(stream, 2, [0, 1]);
    expect(await stream.next()).toMatchObject({ result: { case: 'ack', value: { duplicate: true } } });
    stream.end();
    expect(await stream.ended).toBeUndefined();
  });

  it('that sends regardless has every batch answered by its sequence', async () => {
    const clock = createStillClock();
    await using fixture = await startLimited(
      { limits: { maxObservationsPerSecond: 1, burstSeconds: 1 } },
      { runtime: clock.runtime },
    );
    const stream = fixture.client.openStream(PRODUCER);
    for (let sequence = 1; sequence <= 8; sequence += 1) send(stream, sequence, [0, 0], ['berlin']);
    stream.end();
    const answers: IngestStreamResponse[] = [];
    for (let sequence = 1; sequence <= 8; sequence += 1) answers.push(await stream.next());
    // A refusal does not wait for the disk: the ack may come after refusals of later batches.
    expect(answers.map(({ sequence }) => Number(sequence)).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(answers.filter(({ result }) => result.case === 'ack').map(({ sequence }) => sequence)).toEqual([1n]);
    expect(await stream.ended).toBeUndefined();
    expect((await fixture.contents()).rows).toHaveLength(2);
  });
});

describe('A unary call', () => {
  it('over the rate is told when to come back, and its retry under the same sequence is kept once', async () => {
    const clock = createStillClock();
    await using fixture = await startLimited(
      { limits: { maxObservationsPerSecond: 10, burstSeconds: 1 } },
      { runtime: clock.runtime },
    );
    expect(await fixture.client.ingest(unaryBatch(1n, 20))).toMatchObject({ accepted: 20 });
    const failure = await failureOf(fixture.client.ingest(unaryBatch(2n)));
    expect(failure.code).toBe(status.RESOURCE_EXHAUSTED);
    const details = detailsOf(failure.status);
    expect(details).toMatchObject({ reason: 'TENANT_RATE_EXCEEDED', metadata: { limit: '10' } });
    clock.nowMs += details.retryAfterMs!;
    expect(await fixture.client.ingest(unaryBatch(2n))).toMatchObject({ accepted: 1, duplicate: false });
    expect((await fixture.contents()).rows).toHaveLength(21);
  });

  it('over the bytes of its tenant or connection names the one', async () => {
    const clock = createStillClock();
    for (const [tenants, reason] of [
      [{ limits: { maxBytesPerSecond: 1, burstSeconds: 1 } }, 'TENANT_BYTES_EXCEEDED'],
      [{ connection: { maxBytesPerSecondPerConnection: 1 } }, 'CONNECTION_BYTES_EXCEEDED'],
    ] as const) {
      await using fixture = await startLimited(tenants, { runtime: clock.runtime });
      await fixture.client.ingest(unaryBatch(1n));
      const failure = await failureOf(fixture.client.ingest(unaryBatch(2n)));
      expect(detailsOf(failure.status)).toMatchObject({ reason, metadata: { limit: '1' } });
    }
  });

  it('that is refused is not decoded', async () => {
    const clock = createStillClock();
    await using fixture = await startLimited(
      { limits: { maxObservationsPerSecond: 1, burstSeconds: 1 } },
      { runtime: clock.runtime },
    );
    await fixture.client.ingest(unaryBatch(1n, 5));
    const noMessage = Buffer.from('this is no message');
    const failure = await failureOf(fixture.client.ingestBytes(noMessage));
    expect(detailsOf(failure.status).reason).toBe('TENANT_RATE_EXCEEDED');
  });
});

describe('Bytes in flight', () => {
  it('of a tenant are bounded until they are durable', async () => {
    const { log, held, state } = holdLog(createMemoryLog({ partitionCount: 4 }));
    await using fixture = await startLimited({ limits: { maxBytesInFlight: 48 * 15 } }, { log });
    state.holding = true;
    const stream = fixture.client.openStream();
    send(stream, 1, new Array<number>(10).fill(0), ['berlin']);
    send(stream, 2, new Array<number>(10).fill(0));
    const refused = await stream.next();
    expect(refused.sequence).toBe(2n);
    expect(refusalOf(refused)).toMatchObject({
      reason: 'TENANT_IN_FLIGHT_EXCEEDED',
      metadata: { setting: 'maxBytesInFlight', limit: '720' },
    });
    await expect.poll(() => held.length).toBe(1);
    state.holding = false;
    held[0]!.release();
    expect(await stream.next()).toMatchObject({ sequence: 1n, result: { case: 'ack' } });
    send(stream, 2, new Array<number>(10).fill(0));
    expect(await stream.next()).toMatchObject({ sequence: 2n, result: { case: 'ack' } });
    stream.end();
    await stream.ended;
  });
});

describe('Open streams', () => {
  it.each([
    [{ limits: { maxStreams: 1 } }, 'TENANT_STREAMS_EXCEEDED', 'maxStreams'],
    [{ connection: { maxStreamsPerConnection: 1 } }, 'CONNECTION_STREAMS_EXCEEDED', 'maxStreamsPerConnection'],
  ])('are bounded by %j, and closing one makes room', async (tenants, reason, setting) => {
    await using fixture = await startLimited(tenants);
    const first = fixture.client.openStream();
    send(first, 1, [0], ['berlin']);
    await first.next();
    const failure = await fixture.client.openStream().ended;
    expect(failure?.code).toBe(status.RESOURCE_EXHAUSTED);
    const details = detailsOf(failure?.status);
    expect(details).toMatchObject({ reason, metadata: { setting, limit: '1' } });
    expect(details.retryAfterMs).toBeGreaterThan(0);
    first.end();
    await first.ended;
    await expect.poll(() => fixture.ingest.stats().openStreams).toBe(0);
    const next = fixture.client.openStream();
    send(next, 1, [0], ['berlin']);
    expect(await next.next()).toMatchObject({ result: { case: 'ack' } });
    next.end();
    await next.ended;
  });
});

describe('Tokens', () => {
  const tenants: TenantsOptions = {
    tenants: [
      { name: 'station', tokens: [TOKEN], limits: { maxObservationsPerSecond: 10, burstSeconds: 1 } },
      { name: 'airport', tokens: [OTHER_TOKEN] },
    ],
  };

  it.each([
    [undefined, 'TOKEN_MISSING'],
    ['token-of-nobody-known', 'TOKEN_UNKNOWN'],
  ])('that are asked for: %s is refused on both kinds of call', async (token, reason) => {
    await using fixture = await startLimited(tenants);
    const client = connectIngest(fixture.ingest.address.port, token);
    const unary = await failureOf(client.ingest(unaryBatch(1n)));
    const stream = client.openStream();
    stream.call.on('error', () => undefined);
    for (const failure of [unary, await stream.ended]) {
      expect(failure?.code).toBe(status.UNAUTHENTICATED);
      expect(detailsOf(failure?.status).reason).toBe(reason);
    }
    client.close();
    expect((await fixture.contents()).rows).toEqual([]);
  });

  it('that may not send, or not operate, are told so; neither includes the other', async () => {
    await using fixture = await startLimited({
      tenants: [
        { name: 'station', tokens: [TOKEN] },
        { name: 'operator', tokens: [OTHER_TOKEN], may: ['operate'] },
      ],
    });
    const { port } = fixture.ingest.address;
    const clients = [connectIngest(port, OTHER_TOKEN), connectIngest(port, TOKEN)];
    const replays = [connectReplay(port, TOKEN), connectReplay(port, OTHER_TOKEN)];
    const stream = clients[0]!.openStream();
    stream.call.on('error', () => undefined);
    for (const [failure, permission] of [
      [await failureOf(clients[0]!.ingest(unaryBatch(1n))), 'ingest'],
      [await stream.ended, 'ingest'],
      [await failureOf(replays[0]!.replay()), 'operate'],
    ] as const) {
      expect(failure?.code).toBe(status.PERMISSION_DENIED);
      expect(detailsOf(failure?.status)).toMatchObject({
        reason: 'PERMISSION_MISSING',
        metadata: { setting: 'may', permission },
      });
    }
    expect(await clients[1]!.ingest(unaryBatch(1n))).toMatchObject({ accepted: 1 });
    expect((await failureOf(replays[1]!.replay()))?.code).toBe(status.INVALID_ARGUMENT);
    for (const client of [...clients, ...replays]) client.close();
  });

  it('of one tenant over its limit leave another one all it sends', async () => {
    const clock = createStillClock();
    await using fixture = await startLimited(tenants, { runtime: clock.runtime });
    const clients = [
      connectIngest(fixture.ingest.address.port, TOKEN),
      connectIngest(fixture.ingest.address.port, OTHER_TOKEN),
    ];
    const BATCHES = 30;
    const outcomes = await Promise.all(
      clients.map(async (client) => {
        const stream = client.openStream();
        for (let sequence = 1; sequence <= BATCHES; sequence += 1) {
          send(stream, sequence, new Array<number>(10).fill(0), sequence === 1 ? ['berlin'] : []);
        }
        let acked = 0;
        for (let answers = 0; answers < BATCHES; answers += 1) {
          if ((await stream.next()).result.case === 'ack') acked += 1;
        }
        stream.end();
        await stream.ended;
        return acked;
      }),
    );
    expect(outcomes).toEqual([1, BATCHES]);
    expect(fixture.ingest.stats()).toMatchObject({ refusedBatches: BATCHES - 1, ackedBatches: BATCHES + 1 });
    for (const client of clients) client.close();
  });
});

describe('New cities', () => {
  const TWO = {
    limits: { maxCities: 3 },
    tenants: [
      { name: 'station', tokens: [TOKEN] },
      { name: 'airport', tokens: [OTHER_TOKEN] },
    ],
  };
  const named = (prefix: string, count: number) => Array.from({ length: count }, (_, city) => `${prefix}${city}`);
  const rowsOf = (cities: readonly string[]) => ({
    observations: cities.map((cityId) => ({
      cityId,
      observeTime: { seconds: BigInt(NOW_MS / 1000), nanos: 0 },
      windSpeedMps: 1,
    })),
  });

  it('count when an accepted row uses them: names alone keep nobody out', async () => {
    await using fixture = await startLimited({}, { limits: { maxCities: 3 } });
    const stream = fixture.client.openStream(PRODUCER);
    send(stream, 1, [9_999], named('unused-', 10_000));
    expect((await stream.next()).result).toMatchObject({ case: 'ack', value: { accepted: 1, rejected: 0 } });
    const impossible = { ...rowsOf(['hot']).observations[0]!, temperatureCelsius: 900 };
    expect(await fixture.client.ingest({ observations: [impossible] })).toMatchObject({ accepted: 0, rejected: 1 });
    expect(fixture.ingest.stats().cities).toBe(1);
    expect(await fixture.client.ingest(rowsOf(['a', 'b']))).toMatchObject({ accepted: 2 });
    send(stream, 2, [0, 9_999]);
    const { result } = await stream.next();
    expect(result).toMatchObject({ case: 'ack', value: { accepted: 1, rejected: 1 } });
    const [rejection] = result.case === 'ack' ? result.value.rejections : [];
    expect(rejection).toMatchObject({ reason: RejectReason.TOO_MANY_CITIES, value: 'unused-0' });
    expect(rejection?.message).toContain('at most 3 different cities (setting maxCities)');
    stream.end();
  });

  it('of a tenant at its limit are rejected with setting and value; those of its neighbour are not', async () => {
    await using fixture = await startLimited(TWO);
    const { port } = fixture.ingest.address;
    const [station, airport] = [connectIngest(port, TOKEN), connectIngest(port, OTHER_TOKEN)];
    const flood = await station.ingest(rowsOf(named('flood-', 50)));
    expect([flood.accepted, flood.rejected]).toEqual([3, 47]);
    expect(flood.rejections[0]?.message).toBe(
      'the city is new, and tenant station may be the first to send at most 3 different cities (setting limits.maxCities); raise it, or send to fewer cities.',
    );
    expect(await airport.ingest(rowsOf(['new-1', 'new-2', 'flood-0', 'flood-1']))).toMatchObject({ accepted: 4 });
    expect(await station.ingest(rowsOf(['flood-0', 'new-1']))).toMatchObject({ accepted: 2, rejected: 0 });
    station.close();
    airport.close();
  });
});
