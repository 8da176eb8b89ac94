import { create, toBinary } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { IngestRequestSchema } from '@isotherm/contracts/ingest/v1/ingest_service';
import { createMemoryLog } from '@isotherm/log';
import { IsothermError } from '@isotherm/service-kit';
import { describe, expect, it } from 'vitest';
import { holdLog } from './testing/hold-log.ts';
import type { IngestStreamClient } from './testing/ingest-client.ts';
import { NOW_MS, startFixture } from './testing/ingest-fixture.ts';
import { detailsOf } from './testing/status-details.ts';

function send(stream: IngestStreamClient, sequence: number, rows = 1): void {
  stream.send({
    sequence,
    createdUnixMs: NOW_MS,
    columns: {
      cities: sequence === 1 ? ['1'] : [],
      cityIndex: new Uint32Array(rows),
      baseMs: NOW_MS,
      observedOffsetMs: new Uint32Array(rows),
      wind: { scale: 0, unscaled: new Int32Array(rows) },
    },
  });
}

describe('An ack', () => {
  it('comes only after the append of its group is done', async () => {
    const { log, held, state } = holdLog(createMemoryLog({ partitionCount: 4 }));
    await using fixture = await startFixture({ log });
    state.holding = true;
    const stream = fixture.client.openStream();
    send(stream, 1);
    await expect.poll(() => held.length).toBe(1);
    let answered = false;
    const answer = stream.next().then((found) => {
      answered = true;
      return found;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    expect(fixture.ingest.stats()).toMatchObject({ acceptedObservations: 0, ackedBatches: 0 });
    held[0]!.release();
    expect(await answer).toMatchObject({ sequence: 1n, result: { case: 'ack' } });
    stream.end();
    await stream.ended;
  });

  it('comes in the order of commit, whatever order appends end in', async () => {
    const { log, held, state } = holdLog(createMemoryLog({ partitionCount: 4 }));
    await using fixture = await startFixture({ log });
    state.holding = true;
    const stream = fixture.client.openStream();
    for (let sequence = 1; sequence <= 3; sequence += 1) {
      send(stream, sequence);
      await expect.poll(() => held.length).toBe(sequence);
    }
    for (const append of [...held].reverse()) append.release();
    const order = [await stream.next(), await stream.next(), await stream.next()].map(({ sequence }) =>
      Number(sequence),
    );
    expect(order).toEqual([1, 2, 3]);
    stream.end();
    await stream.ended;
  });
});

describe('Room that runs out', () => {
  it('refuses what would not fit before anything of it is appended, and names the setting', async () => {
    const { log, held, state } = holdLog(createMemoryLog({ partitionCount: 4 }));
    await using fixture = await startFixture({ log, limits: { maxPendingBytes: 48 * 150 } });
    state.holding = true;
    const stream = fixture.client.openStream();
    send(stream, 1, 100);
    send(stream, 2, 100);
    const refused = await stream.next();
    expect(refused).toMatchObject({
      sequence: 2n,
      result: { case: 'error', value: { code: status.RESOURCE_EXHAUSTED } },
    });
    const details = detailsOf(refused.result.case === 'error' ? refused.result.value : undefined);
    expect(details).toMatchObject({ reason: 'INGEST_BUSY', metadata: { setting: 'maxPendingBytes' } });
    expect(details.retryAfterMs).toBeGreaterThan(0);
    await expect.poll(() => held.length).toBe(1);
    state.holding = false;
    held[0]!.release();
    expect(await stream.next()).toMatchObject({ sequence: 1n, result: { case: 'ack' } });
    send(stream, 2, 100);
    expect(await stream.next()).toMatchObject({ sequence: 2n, result: { case: 'ack' } });
    expect((await fixture.contents()).rows).toHaveLength(200);
    expect(fixture.ingest.stats()).toMatchObject({ refusedBatches: 1, ackedBatches: 2 });
    stream.end();
    await stream.ended;
  });

  it('makes a stream wait once it has too many unanswered batches', async () => {
    const { log, held, state } = holdLog(createMemoryLog({ partitionCount: 4 }));
    await using fixture = await startFixture({ log, limits: { maxBatchesPerStream: 4, maxGroupsInFlight: 1 } });
    state.holding = true;
    const stream = fixture.client.openStream();
    for (let sequence = 1; sequence <= 40; sequence += 1) send(stream, sequence);
    await expect.poll(() => fixture.ingest.stats().pendingBytes).toBe(4 * 48);
    await new Promise((resolve) => setImmediate(resolve));
    expect(fixture.ingest.stats().pendingBytes).toBe(4 * 48);
    state.holding = false;
    held[0]!.release();
    for (let sequence = 1; sequence <= 40; sequence += 1) {
      expect(await stream.next()).toMatchObject({ sequence: BigInt(sequence), result: { case: 'ack' } });
    }
    stream.end();
    await stream.ended;
  });
});

describe('A log that cannot take a group', () => {
  it('because it is full refuses every batch of it with when to come back', async () => {
    const { log, held, state } = holdLog(createMemoryLog({ partitionCount: 4 }));
    await using fixture = await startFixture({ log });
    state.holding = true;
    const stream = fixture.client.openStream();
    send(stream, 1);
    await expect.poll(() => held.length).toBe(1);
    const error = { code: 'RESOURCE_EXHAUSTED', id: 'LOG_FULL', message: 'Full.', retryAfterMs: 1000 } as const;
    held[0]!.fail(new IsothermError(error));
    const refused = await stream.next();
    expect(refused).toMatchObject({
      sequence: 1n,
      result: { case: 'error', value: { code: status.RESOURCE_EXHAUSTED } },
    });
    const details = detailsOf(refused.result.case === 'error' ? refused.result.value : undefined);
    expect(details).toMatchObject({ reason: 'LOG_FULL', retryAfterMs: 1000 });
    state.holding = false;
    send(stream, 1);
    expect(await stream.next()).toMatchObject({ result: { case: 'ack' } });
    stream.end();
    await stream.ended;
  });

  it('because it is fenced answers UNAVAILABLE, says so once, and is seen in the state', async () => {
    const { log, held, state } = holdLog(createMemoryLog({ partitionCount: 4 }));
    const failures: unknown[] = [];
    await using fixture = await startFixture({ log, onFailed: (error) => failures.push(error) });
    state.holding = true;
    const fenced = new IsothermError({ code: 'UNAVAILABLE', id: 'LOG_FENCED', message: 'Fenced.' });
    for (let call = 1; call <= 2; call += 1) {
      const observeTime = { seconds: BigInt(NOW_MS / 1000), nanos: 0 };
      const failure = fixture.client
        .ingest({ observations: [{ cityId: '1', observeTime, windSpeedMps: 1 }] })
        .catch((error: unknown) => error);
      await expect.poll(() => held.length).toBe(call);
      held[call - 1]!.fail(fenced);
      expect(await failure).toMatchObject({ code: status.UNAVAILABLE });
      const { status: sent } = (await failure) as { status: Parameters<typeof detailsOf>[0] };
      expect(detailsOf(sent)).toMatchObject({ reason: 'LOG_FENCED', retryAfterMs: 1000 });
    }
    expect(failures).toEqual([fenced]);
    expect(fixture.ingest.stats()).toMatchObject({ state: 'failed', failedBatches: 2 });
  });
});

describe('Draining', () => {
  it('answers everything taken, then ends streams with UNAVAILABLE', async () => {
    const { log, held, state } = holdLog(createMemoryLog({ partitionCount: 4 }));
    await using fixture = await startFixture({ log });
    state.holding = true;
    const stream = fixture.client.openStream();
    send(stream, 1, 5);
    await expect.poll(() => held.length).toBe(1);
    const drained = fixture.ingest.drain();
    const refused = await fixture.client.ingest({}).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: status.UNAVAILABLE });
    held[0]!.release();
    await drained;
    expect(await stream.next()).toMatchObject({ sequence: 1n, result: { case: 'ack', value: { accepted: 5 } } });
    const failure = await stream.ended;
    expect(failure?.code).toBe(status.UNAVAILABLE);
    expect(detailsOf(failure?.status)).toMatchObject({ reason: 'INGEST_DRAINING', retryAfterMs: 1000 });
    expect(fixture.ingest.stats().state).toBe('draining');
    await fixture.ingest.close();
    await fixture.ingest.close();
    expect(fixture.ingest.stats().state).toBe('stopped');
  });
});

describe('A deadline', () => {
  it('that passes while the log is busy ends the call, and the batch is kept all the same', async () => {
    const { log, held, state } = holdLog(createMemoryLog({ partitionCount: 4 }));
    await using fixture = await startFixture({ log });
    state.holding = true;
    const observeTime = { seconds: BigInt(NOW_MS / 1000), nanos: 0 };
    const request = create(IngestRequestSchema, { observations: [{ cityId: '1', observeTime, windSpeedMps: 1 }] });
    const failure = await fixture.client
      .ingestBytes(toBinary(IngestRequestSchema, request), { deadlineMs: 300 })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: status.DEADLINE_EXCEEDED });
    expect(held).toHaveLength(1);
    held[0]!.release();
    await expect.poll(() => fixture.ingest.stats().acceptedObservations).toBe(1);
  });
});
