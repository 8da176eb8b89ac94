import { create } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { AnalyticsService } from '@isotherm/contracts/analytics/v1/analytics_service';
import { GetCitiesResponseSchema } from '@isotherm/contracts/compute/v1/compute_service';
import { ForecastService } from '@isotherm/contracts/forecast/v1/forecast_service';
import { Consistency } from '@isotherm/contracts/type/v1/consistency';
import { IsothermError } from '@isotherm/service-kit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { caught } from '../testing/caught.ts';
import { cityState } from '../testing/city-state.ts';
import { type FakeCompute, startFakeCompute } from '../testing/fake-compute.ts';
import { BERLIN, startTestPlatform } from '../testing/test-platform.ts';

const platform = await startTestPlatform({ analytics: { history: async () => [] } });
const { shardA, shardB, placement } = platform;
const shardC = await startFakeCompute('shard-c');
const forecasts = platform.client(ForecastService);
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await shardC.stop();
});

const BORA = 'bora/7';
let epoch = 1;
for (const shard of [shardA, shardB, shardC]) shard.put(cityState(BERLIN), cityState(BORA, { partition: 1 }));
beforeEach(() => {
  place([0, 1]);
  for (const shard of [shardA, shardB, shardC]) {
    shard.answer = undefined;
    shard.requests.length = 0;
  }
});

/** A table under the next epoch; partition 0 has BERLIN, 1 has BORA. */
function place(owners: readonly number[], more: { readonly standbys?: readonly number[][] } = {}): void {
  const endpoints = [shardA, shardB].map(({ address }) => ({ address, controlAddress: '' }));
  epoch += 1;
  placement.update({ epoch, partitionCount: 2, shards: ['shard-a', 'shard-b'], owners, endpoints, ...more });
}

/** A shard that has nothing of the partition any more, and knows who has. */
function refuses(shard: FakeCompute, to: { readonly owner: string; readonly address?: string }, atEpoch = epoch + 1) {
  shard.answer = () => Promise.reject(wrongShard(to, atEpoch));
}

function wrongShard(to: { readonly owner: string; readonly address?: string }, atEpoch = epoch + 1): IsothermError {
  return new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'WRONG_SHARD',
    message: 'Not here.',
    metadata: { partition: '0', address: '', epoch: String(atEpoch), ...to },
  });
}

const read = (cities: string[], consistency?: Consistency) =>
  forecasts.getCurrent({ cities, ...(consistency !== undefined && { consistency }) });
const idsRead = async (...asked: Parameters<typeof read>) =>
  (await read(...asked)).conditions.map(({ city }) => city?.cityId);

describe('a read of a partition that has moved', () => {
  it('follows the refusal to the new owner, and goes there at once until a newer table comes', async () => {
    refuses(shardA, { owner: 'shard-b' });
    expect(await idsRead([BERLIN])).toEqual([BERLIN]);
    expect(await idsRead([BERLIN])).toEqual([BERLIN]);
    expect([shardA.requests.length, shardB.requests.length]).toEqual([1, 2]);
    shardA.answer = undefined;
    place([0, 1]);
    expect(await idsRead([BERLIN])).toEqual([BERLIN]);
    expect([shardA.requests.length, shardB.requests.length]).toEqual([2, 2]);
  });

  it('finds an owner that no table has named yet by the address in the refusal', async () => {
    refuses(shardA, { owner: 'shard-c', address: shardC.address });
    expect(await idsRead([BERLIN])).toEqual([BERLIN]);
    expect(shardC.requests).toHaveLength(1);
  });

  it('asks again only for the cities that are elsewhere', async () => {
    place([0, 0]);
    shardA.answer = async () =>
      create(GetCitiesResponseSchema, {
        states: [cityState(BERLIN)],
        moved: [{ partition: 1, owner: 'shard-b', epoch: BigInt(epoch + 1) }],
      });
    expect(await idsRead([BERLIN, BORA])).toEqual([BERLIN, BORA]);
    expect(shardB.requests.map(({ cityIds }) => cityIds)).toEqual([[BORA]]);
  });

  it('waits while nobody owns it, and is answered when a table names the new owner', async () => {
    refuses(shardA, { owner: '' });
    const reading = idsRead([BERLIN]);
    await expect.poll(() => shardA.requests.length).toBeGreaterThan(1);
    place([1, 1]);
    expect(await reading).toEqual([BERLIN]);
    expect(shardB.requests).toHaveLength(1);
  });

  it('does not believe a shard that knows less than the table', async () => {
    refuses(shardA, { owner: 'shard-b' }, epoch - 1);
    const told = await caught(forecasts.getCurrent({ cities: [BERLIN] }, { timeoutMs: 700 }));
    expect(told).toMatchObject({ code: Code.Unavailable, reason: 'CITY_MOVED', retries: true });
    expect(shardB.requests).toHaveLength(0);
  });
});

describe('a read that waits for stored rows of a partition that has moved', () => {
  const history = platform.client(AnalyticsService);
  const readToken = { incarnation: 'aa', partitions: [0], offsets: [41n] };

  it('follows the refusal to the new owner', async () => {
    shardA.storeAnswer = () => Promise.reject(wrongShard({ owner: 'shard-b' }));
    await history.queryHistory({ city: BERLIN, readToken });
    expect(shardB.storeRequests.at(-1)?.readToken).toMatchObject({ partitions: [0], offsets: [41n] });
    shardA.storeAnswer = undefined;
  });

  it('is refused with what to do when nobody owns it for too long', async () => {
    shardA.storeAnswer = () => Promise.reject(wrongShard({ owner: '' }));
    const told = await caught(history.queryHistory({ city: BERLIN, readToken }, { timeoutMs: 2000 }));
    expect(told).toMatchObject({ code: Code.Unavailable, reason: 'PARTITION_WITHOUT_OWNER', retries: true });
    shardA.storeAnswer = undefined;
  });
});

describe('a warm copy', () => {
  it('answers a read that asked for EVENTUAL when the owner does not, and no other', async () => {
    place([0, 1], { standbys: [[1], []] });
    await shardA.stop();
    expect(await idsRead([BERLIN], Consistency.EVENTUAL)).toEqual([BERLIN]);
    expect(shardB.requests[0]?.consistency).toBe(Consistency.EVENTUAL);
    for (const consistency of [Consistency.UNSPECIFIED, Consistency.STRONG]) {
      expect(await caught(read([BERLIN], consistency))).toMatchObject({ reason: 'SHARD_UNAVAILABLE' });
    }
    await shardA.start();
  });
});
