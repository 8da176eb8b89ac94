import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { Code, createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';
import { ForecastService, type WatchResponse } from '@isotherm/contracts/forecast/v1/forecast_service';
import { afterEach, describe, expect, it } from 'vitest';
import { caught } from '../testing/caught.ts';
import { cityState } from '../testing/city-state.ts';
import { BERLIN, NOW_MS, PARIS, startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { readWatch } from '../testing/watch-reader.ts';

const minInterval = durationFromMs(50);
let platform: TestPlatform;

async function start(options: Parameters<typeof startTestPlatform>[0] = {}): Promise<TestPlatform> {
  platform = await startTestPlatform(options);
  platform.shardA.put(cityState(BERLIN), cityState(PARIS));
  platform.shardB.put(cityState('bora/7'));
  return platform;
}

/** Watches these cities over gRPC, all if there are none. */
function watch(cities: string[] = [], { grpc = false } = {}) {
  const transport = grpc
    ? createGrpcTransport({ baseUrl: platform.url })
    : createConnectTransport({ baseUrl: platform.url, httpVersion: '1.1' });
  return readWatch((signal) => createClient(ForecastService, transport).watch({ cities, minInterval }, { signal }));
}

const changed = (temperatureCelsius: number, seconds = 0) => ({
  temperatureCelsius,
  observedUnixMs: BigInt(NOW_MS + seconds * 1000),
});

afterEach(() => platform[Symbol.asyncDispose]());

describe('Watch', () => {
  it('starts with a snapshot of all cities, then sends what changes and nothing else', async () => {
    const { shardA } = await start();
    await using reader = watch();
    await expect.poll(() => reader.temperatures.size).toBe(3);
    expect(reader.rows).toBe(3);
    shardA.put(cityState(BERLIN, changed(25)));
    await expect.poll(() => reader.temperatures.get(BERLIN)).toBe(2500);
    expect(reader.rows).toBe(4);
    shardA.put(cityState('New City', changed(7)));
    await expect.poll(() => reader.temperatures.get('New City')).toBe(700);
  });

  it('says at once which cities are away when their shard is nowhere, and has them back as soon as it is somewhere else', async () => {
    const { shardA, shardB, query } = await start();
    await using reader = watch();
    await expect.poll(() => reader.temperatures.size).toBe(3);
    query.moveShard('shard-b', undefined);
    await shardB.stop();
    await expect.poll(() => reader.unreachable).toEqual(['bora/7']);
    const error = await caught(
      platform.client(ForecastService).getCurrent({ cities: ['bora/7'] }, { timeoutMs: 5000 }),
    );
    expect(error).toMatchObject({ code: Code.Unavailable });
    expect((await platform.client(ForecastService).getCurrent({ cities: [PARIS] })).conditions).toHaveLength(1);
    shardA.put(cityState('bora/7', changed(9)));
    query.moveShard('shard-b', shardA.address);
    await expect.poll(() => reader.unreachable).toEqual([]);
    await expect.poll(() => reader.temperatures.get('bora/7')).toBe(900);
  });

  it('follows a city to the shard that a newer placement gives it to', async () => {
    const { shardB, placement } = await start();
    await using reader = watch([BERLIN]);
    await expect.poll(() => reader.temperatures.has(BERLIN)).toBe(true);
    expect(shardB.watchesOpened).toBe(0);
    placement.update({ ...placement.current(), epoch: 2, owners: [1, 1] });
    await expect.poll(() => shardB.watchesOpened).toBe(1);
    shardB.put(cityState(BERLIN, changed(31, 1)));
    await expect.poll(() => reader.temperatures.get(BERLIN)).toBe(3100);
  });

  it('sends chosen cities only, by id or name, and asks the shards for no others', async () => {
    const { shardA, shardB } = await start();
    await using reader = watch(['berlin', '3117735'], { grpc: true });
    await expect.poll(() => reader.temperatures.size).toBe(1);
    shardA.put(cityState(PARIS, changed(30)), cityState(BERLIN, changed(26)));
    await expect.poll(() => reader.temperatures.get(BERLIN)).toBe(2600);
    expect([...shardA.watches][0]?.request.cityIds.toSorted()).toEqual([BERLIN, '3117735']);
    expect(shardB.watchesOpened).toBe(0);
    shardA.put(cityState('3117735', changed(33)));
    await expect.poll(() => reader.temperatures.get('3117735')).toBe(3300);
    expect([...reader.temperatures.keys()]).toEqual([BERLIN, '3117735']);
  });

  it('gives a reader that pauses the newest values when it goes on, not a queue of old ones', async () => {
    const { shardA } = await start();
    const cities = Array.from({ length: 2000 }, (_, i) => `a-${i}`);
    const client = createClient(ForecastService, createGrpcTransport({ baseUrl: platform.url }));
    const cancelled = new AbortController();
    const slow = client.watch({ minInterval }, { signal: cancelled.signal })[Symbol.asyncIterator]();
    const newest = new Map<number, number>();
    let rows = 0;
    const readOne = async () => {
      const { live } = (await slow.next()).value as WatchResponse;
      rows += live?.cityIndex.length ?? 0;
      live?.cityIndex.forEach((city, row) => {
        newest.set(city, live.temperatureCenticelsius[row] ?? 0);
      });
    };
    while (newest.size < 3) await readOne();
    const rounds = 20;
    const last = cities.at(-1) ?? '';
    await using other = watch();
    for (let round = 1; round <= rounds; round += 1) {
      shardA.put(...cities.map((cityId) => cityState(cityId, changed(30 + round, round))));
      await expect.poll(() => other.temperatures.get(last), { interval: 10 }).toBe((30 + round) * 100);
    }
    const upToDate = () =>
      [...newest.values()].filter((value) => value === (30 + rounds) * 100).length === cities.length;
    while (!upToDate()) await readOne();
    // What the connection holds is on its way: a few messages, and then the newest.
    expect(rows).toBeLessThan((rounds * 2000) / 2);
    expect(other.rows).toBeGreaterThanOrEqual(rounds * 2000);
    cancelled.abort();
  });

  it('refuses a city that is neither observed nor in the catalogue', async () => {
    await start();
    const reader = watch(['Berlln']);
    await expect.poll(() => reader.error).toBeDefined();
    expect(await caught(Promise.reject(reader.error))).toMatchObject({ code: Code.NotFound, reason: 'CITY_UNKNOWN' });
  });

  it('opens one stream a shard for any number of watchers, and none for nobody', async () => {
    const { shardA, shardB } = await start();
    expect(shardA.watchesOpened).toBe(0);
    const readers = Array.from({ length: 10 }, (_, i) => watch([], { grpc: i % 2 === 0 }));
    for (const reader of readers) await expect.poll(() => reader.temperatures.size).toBe(3);
    expect([shardA.watches.size, shardB.watches.size]).toEqual([1, 1]);
    expect([shardA.watchesOpened, shardB.watchesOpened]).toEqual([1, 1]);
    await Promise.all(readers.map((reader) => reader.stop()));
    await expect.poll(() => shardA.watches.size + shardB.watches.size).toBe(0);
  });

  it('widens the stream of a shard when a further city is watched', async () => {
    const { shardA } = await start();
    await using berlin = watch([BERLIN]);
    await expect.poll(() => berlin.temperatures.size).toBe(1);
    await using paris = watch([PARIS]);
    await expect.poll(() => paris.temperatures.size).toBe(1);
    expect(shardA.watches.size).toBe(1);
    shardA.put(cityState(BERLIN, changed(27)), cityState(PARIS, changed(28)));
    await expect.poll(() => berlin.temperatures.get(BERLIN)).toBe(2700);
    await expect.poll(() => paris.temperatures.get(PARIS)).toBe(2800);
    expect(berlin.rows + paris.rows).toBe(4);
  });

  it('refuses watchers past the limit and takes one again when one leaves', async () => {
    await start({ maxWatchers: 1 });
    const first = watch();
    await expect.poll(() => first.temperatures.size).toBe(3);
    const second = watch();
    await expect.poll(() => second.error).toBeDefined();
    const told = await caught(Promise.reject(second.error));
    expect(told).toMatchObject({ code: Code.ResourceExhausted, reason: 'TOO_MANY_WATCHERS', retries: true });
    await first.stop();
    await expect
      .poll(async () => {
        await using third = watch();
        await expect.poll(() => third.temperatures.size + Number(third.error !== undefined)).not.toBe(0);
        return third.temperatures.size;
      })
      .toBe(3);
  });

  it('keeps the cities of a shard that goes away, says which they are, and goes on when it is back', async () => {
    const { shardB } = await start();
    await using reader = watch();
    await expect.poll(() => reader.temperatures.size).toBe(3);
    await shardB.stop();
    await expect.poll(() => reader.unreachable).toEqual(['bora/7']);
    await shardB.start();
    await expect.poll(() => reader.unreachable).toEqual([]);
    shardB.put(cityState('bora/7', changed(1)));
    await expect.poll(() => reader.temperatures.get('bora/7')).toBe(100);
    expect(reader.rows).toBe(4);
  });

  it('ends as unavailable when the server stops, so that clients come back', async () => {
    const { query } = await start();
    const reader = watch();
    await expect.poll(() => reader.temperatures.size).toBe(3);
    await query.close();
    await expect.poll(() => reader.error).toBeDefined();
    const told = await caught(Promise.reject(reader.error));
    expect(told).toMatchObject({ code: Code.Unavailable, reason: 'SERVER_STOPPING', retries: true });
  });
});
