import { create } from '@bufbuild/protobuf';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import type { AnalyticsStore } from '@isotherm/analytics';
import {
  ComputeService,
  type GetCitiesRequest,
  GetCitiesRequestSchema,
  type GetCitiesResponse,
  StoredKind,
  StoreRowsRequestSchema,
  WatchRequestSchema,
  type WatchResponse,
} from '@isotherm/contracts/compute/v1/compute_service';
import { Consistency } from '@isotherm/contracts/type/v1/consistency';
import { offsetsOf } from '@isotherm/log';
import { partitionOf } from '@isotherm/placement';
import { encodeObservations, encodeTick, type ObservationInput, type SliceInput } from '@isotherm/records';
import { grpcDefinition } from '@isotherm/service-kit';
import { describe, expect, it } from 'vitest';
import { type Shard, startShard } from './shard.ts';
import type { ShardDeps } from './shard-engine.ts';
import { openShardStores } from './testing/shard-stores.ts';

const PARTITIONS = 4;
const NOON = Date.UTC(2026, 6, 1, 12);
const definition = grpcDefinition(ComputeService);

const stores = openShardStores(PARTITIONS);

/** City ids that no other test uses: the store is shared. */
const city = (name: string) => `${name}-${stores.testNumber}`;

function start(overrides: Partial<ShardDeps> = {}): Promise<Shard> {
  return startShard({ ...stores.deps(), ...overrides }, { storeIntervalMs: 20, checkpointIntervalMs: 3_600_000 });
}

/** Appends one slice in the partition of its first row. */
async function append(rows: readonly ObservationInput[], slice: Partial<SliceInput> = {}, appendMs = NOON + 3_600_000) {
  const partition = partitionOf(rows[0]?.cityId ?? '', PARTITIONS);
  const bytes = encodeObservations({ slices: [{ rows, ...slice }] });
  stores.clock.nowMs = appendMs;
  const offsets = offsetsOf(await stores.log.append([{ partition, bytes, weight: rows.length }]));
  return { incarnation: stores.log.incarnation, partitions: [partition], offsets: [BigInt(offsets[0] ?? 0)] };
}

function call<Response>(shard: Shard, method: string, request: unknown, deadlineMs = 5000): Promise<Response> {
  const { path, requestSerialize, responseDeserialize } = definition[method]!;
  const client = new Client(shard.address, credentials.createInsecure());
  return new Promise<Response>((resolve, reject) => {
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      { deadline: Date.now() + deadlineMs },
      (error, response) => {
        client.close();
        if (error) reject(error);
        else resolve(response as Response);
      },
    );
  });
}

function getCities(
  shard: Shard,
  request: Omit<Partial<GetCitiesRequest>, '$typeName'>,
  deadlineMs?: number,
): Promise<GetCitiesResponse> {
  return call(shard, 'getCities', create(GetCitiesRequestSchema, request as GetCitiesRequest), deadlineMs);
}

const reading = (cityId: string, minute: number, temperature: number): ObservationInput => ({
  cityId,
  observedMs: NOON + minute * 60_000,
  temperature,
  humidity: 50,
  wind: 2,
});

describe('a compute shard', () => {
  it('shows what was appended, with rolling windows, to a read that carries its token', async () => {
    await using shard = await start();
    const id = city('token');
    await append([reading(id, 0, 20), reading(id, 1, 22)]);
    const readToken = await append([reading(id, 2, 24)]);
    const { states } = await getCities(shard, {
      cityIds: [id],
      readToken: readToken as never,
      includeRolling: true,
      includeForecast: true,
    });
    expect(states[0]).toMatchObject({ cityId: id, temperatureCelsius: 24, observations: 3n, asOfOffset: 1n });
    expect(states[0]?.rolling[0]).toMatchObject({
      minutes: 5,
      count: 3n,
      temperatureCelsius: { mean: 22, min: 20, max: 24 },
    });
  });

  it('waits for everything durable when the read is strong, and says applied versus wanted when time runs out', async () => {
    await using shard = await start();
    const id = city('strong');
    await append([reading(id, 0, 30)]);
    const { states } = await getCities(shard, { cityIds: [id], consistency: Consistency.STRONG });
    expect(states[0]?.temperatureCelsius).toBe(30);
    const beyond = { incarnation: stores.log.incarnation, partitions: [partitionOf(id, PARTITIONS)], offsets: [99n] };
    const failed = getCities(shard, { cityIds: [id], readToken: beyond as never }, 2000);
    await expect(failed).rejects.toMatchObject({
      code: 4,
      details: expect.stringMatching(/has applied offset \d+, the read wants 99/),
    } satisfies Partial<ServiceError>);
  });

  it('names cities it has not seen, and refuses a token of another log', async () => {
    await using shard = await start();
    expect((await getCities(shard, { cityIds: ['nowhere'] })).unknownCityIds).toEqual(['nowhere']);
    const foreign = { incarnation: 'ffffffffffffffff', partitions: [0], offsets: [0n] };
    await expect(getCities(shard, { cityIds: ['x'], readToken: foreign as never })).rejects.toMatchObject({ code: 9 });
  });

  it('stores closed minutes by itself, and open ones when a reader asks', async () => {
    await using shard = await start();
    const id = city('store');
    const readToken = await append([0, 1, 2, 3].map((minute) => reading(id, minute, 20 + minute)));
    await call(shard, 'storeRows', create(StoreRowsRequestSchema, { readToken: readToken as never }));
    const rows = await stores.analytics.history({
      cityId: id,
      fromMs: NOON,
      toMs: NOON + 3_600_000,
      resolution: 'minute',
      timeZone: 'UTC',
      limit: 100,
      after: undefined,
    });
    expect(rows.map((row) => [row.count, row.temperature, row.rolling24h === undefined])).toEqual([
      [1, 20, false],
      [1, 21, false],
      [1, 22, false],
      [1, 23, false],
    ]);
    expect((await shard.stats()).stored).toBe(4);
  });

  it('answers a reader of what is kept record by record once that is stored, and says how far it is when time is up', async () => {
    let away = true;
    const flaky: AnalyticsStore = Object.create(stores.analytics, {
      writeRawRows: {
        value: (...args: Parameters<AnalyticsStore['writeRawRows']>) =>
          away ? Promise.reject(new Error('away')) : stores.analytics.writeRawRows(...args),
      },
    });
    await using shard = await start({ analytics: flaky });
    const id = city('records');
    const readToken = await append([reading(id, 0, 20)]);
    const request = create(StoreRowsRequestSchema, { readToken: readToken as never, kind: StoredKind.RECORDS });
    const [partition = 0] = readToken.partitions;
    await expect(call(shard, 'storeRows', request, 500)).rejects.toMatchObject({
      code: 4,
      details: expect.stringContaining(`Partition ${partition} has stored offset none, the read wants 0.`),
    });
    const stored = call(shard, 'storeRows', request);
    away = false;
    await stored;
    const window = { fromMs: NOON, toMs: NOON + 60_000, timeZone: 'UTC', limit: 9, after: undefined };
    expect(await stores.analytics.history({ cityId: id, resolution: 'raw', ...window })).toHaveLength(1);
  });

  it('refuses to store rows of a partition that it does not own, and names the owner', async () => {
    await using shard = await start();
    const foreign = { incarnation: stores.log.incarnation, partitions: [PARTITIONS], offsets: [0n] };
    const request = create(StoreRowsRequestSchema, { readToken: foreign as never });
    await expect(call(shard, 'storeRows', request)).rejects.toMatchObject({
      code: 9,
      details: expect.stringContaining(`Partition ${PARTITIONS} belongs to no shard`),
    });
  });

  it('goes on from its checkpoint and the log after it, counting nothing twice', async () => {
    const id = city('resume');
    const producer = (sequence: number) => ({
      producer: { id: 'p', session: 1n, sequence, createdAtMs: NOON + 3_600_000 },
    });
    {
      await using shard = await start();
      await append([reading(id, 0, 20)], producer(1));
      await getCities(shard, { cityIds: [id], consistency: Consistency.STRONG });
    }
    await append([reading(id, 1, 26)], producer(2));
    await append([reading(id, 0, 20)], producer(1));
    await using shard = await start();
    const { states } = await getCities(shard, { cityIds: [id], consistency: Consistency.STRONG, includeRolling: true });
    expect(states[0]).toMatchObject({ observations: 2n, temperatureCelsius: 26 });
    expect(await shard.stats()).toMatchObject({ applied: 2, duplicate: 1, dead: 0 });
  });

  it('keeps late rows and conflicting sequences as dead letters, and passes over a damaged record', async () => {
    const before = await stores.analytics.totals();
    await using shard = await start();
    const id = city('dead');
    const producer = { producer: { id: 'p', session: 1n, sequence: 1, createdAtMs: NOON + 10 * 3_600_000 } };
    const stamp = NOON + 10 * 3_600_000;
    await append([reading(id, 300, 20)], producer, stamp);
    await append([reading(id, 300, 21)], producer, stamp);
    await append([reading(id, 0, 19)], {}, stamp);
    await stores.log.append([{ partition: partitionOf(id, PARTITIONS), bytes: new Uint8Array([1, 2, 3]) }]);
    const readToken = await append([reading(id, 301, 22)], {}, stamp);
    const { states } = await getCities(shard, { cityIds: [id], readToken: readToken as never });
    expect(states[0]).toMatchObject({ observations: 2n, temperatureCelsius: 22 });
    expect(await shard.stats()).toMatchObject({ applied: 2, dead: 2 });
    await expect
      .poll(async () => (await stores.analytics.totals()).deadLetters - before.deadLetters, { timeout: 10_000 })
      .toBe(3);
  });

  it('keeps applying while the analytical store is away, and stores everything once it is back', async () => {
    let away = true;
    const flaky: AnalyticsStore = Object.create(stores.analytics, {
      writeMinuteRows: {
        value: (...args: Parameters<AnalyticsStore['writeMinuteRows']>) =>
          away ? Promise.reject(new Error('away')) : stores.analytics.writeMinuteRows(...args),
      },
    });
    await using shard = await start({ analytics: flaky });
    const id = city('away');
    await append([0, 1, 2, 3, 4].map((minute) => reading(id, minute, 20)));
    stores.clock.nowMs = NOON + 3_700_000;
    await stores.log.append([{ partition: partitionOf(id, PARTITIONS), bytes: encodeTick() }]);
    await getCities(shard, { cityIds: [id], consistency: Consistency.STRONG });
    expect(await shard.stats()).toMatchObject({ applied: 5, stored: 0, rowsPending: 5 });
    away = false;
    await expect.poll(async () => (await shard.stats()).stored, { timeout: 10_000 }).toBe(5);
  });

  it('streams a snapshot, then what changes', async () => {
    await using shard = await start();
    const id = city('watch');
    await append([reading(id, 0, 20)]);
    await getCities(shard, { cityIds: [id], consistency: Consistency.STRONG });
    const { path, requestSerialize, responseDeserialize } = definition['watch']!;
    const client = new Client(shard.address, credentials.createInsecure());
    const stream = client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      create(WatchRequestSchema, { cityIds: [id], minIntervalMs: 1 }),
    );
    const seen: number[] = [];
    const done = new Promise<void>((resolve) => {
      stream.on('error', () => resolve());
      stream.on('data', (message: WatchResponse) => {
        seen.push(...(message.live?.temperatureCenticelsius ?? []));
        if (seen.length === 1) void append([reading(id, 1, 21.5)]);
        if (seen.length === 2) resolve();
      });
    });
    await done;
    stream.cancel();
    client.close();
    expect(seen).toEqual([2000, 2150]);
  });
});
