import type { Claim } from '@isotherm/checkpoint';
import { PartitionPhase } from '@isotherm/contracts/compute/v1/control_service';
import { Consistency } from '@isotherm/contracts/type/v1/consistency';
import { createPlacement, partitionOf } from '@isotherm/placement';
import { afterEach, describe, expect, it } from 'vitest';
import { type Shard, startShard } from '../shard.ts';
import type { ShardDeps } from '../shard-engine.ts';
import { startLoad } from '../testing/load.ts';
import { controlOf, getCities } from '../testing/shard-calls.ts';
import { openShardStores } from '../testing/shard-stores.ts';

const PARTITIONS = 64;
const stores = openShardStores(PARTITIONS);
const shards: Shard[] = [];
afterEach(async () => {
  for (const shard of shards.splice(0)) await shard.close();
});

/** A shard that checkpoints all the time. */
async function start(deps: ShardDeps, checkpointIntervalMs = 400): Promise<Shard> {
  const shard = await startShard(deps, { controlPort: 0, storeIntervalMs: 50, checkpointIntervalMs });
  shards.push(shard);
  return shard;
}

/** A city of each partition, which no other test has. */
function cities(): string[] {
  const found = new Map<number, string>();
  for (let i = 0; found.size < PARTITIONS; i++) {
    const cityId = `city-${stores.testNumber}-${i}`;
    const partition = partitionOf(cityId, PARTITIONS);
    if (!found.has(partition)) found.set(partition, cityId);
  }
  return [...found].sort(([a], [b]) => a - b).map(([, cityId]) => cityId);
}

const load = () =>
  startLoad(stores.log, { cityIds: cities(), partitionCount: PARTITIONS, now: () => stores.clock.nowMs });

/** Observations that a shard has counted, by city. */
async function counted(shard: Shard, cityIds: readonly string[]): Promise<Map<string, number>> {
  const { states } = await getCities(shard, { cityIds: [...cityIds], consistency: Consistency.STRONG });
  return new Map(states.map(({ cityId, observations }) => [cityId, Number(observations)]));
}

/** Table in which `b` has these partitions and `a` the others. */
const table = (epoch: number, ofB: readonly number[]) => ({
  ...createPlacement({ shards: ['a', 'b'], partitionCount: PARTITIONS, epoch }),
  owners: Array.from({ length: PARTITIONS }, (_, partition) => (ofB.includes(partition) ? 1 : 0)),
});

describe('a partition under load', () => {
  it('moves to another shard and back, again and again, and nothing is lost or counted twice', async () => {
    const [a, b] = [await start(stores.deps()), await start(await stores.another('b'))];
    const names = new Map([
      ['a', controlOf(a)],
      ['b', controlOf(b)],
    ]);
    const producer = load();
    await producer.more(5);
    const moving = [7, 8];
    for (let epoch = 2; epoch < 8; epoch++) {
      const [from, to] = epoch % 2 === 0 ? ['a', 'b'] : ['b', 'a'];
      const [loser, gainer] = [names.get(from!)!, names.get(to!)!];
      await gainer.follow(epoch, moving);
      await expect.poll(() => gainer.phaseOf(7)).toBe(PartitionPhase.FOLLOWING);
      await producer.more(2);
      const { released } = await loser.release(epoch, moving);
      expect(released.map(({ partition }) => partition)).toEqual(moving);
      const { outcomes } = await gainer.acquire(epoch, released);
      expect(outcomes).toMatchObject([{ owned: true }, { owned: true }]);
      expect([await loser.phaseOf(7), await gainer.phaseOf(7)]).toEqual([undefined, PartitionPhase.OWNING]);
      await producer.more(2);
    }
    await producer.stop();
    const inA = await counted(a, cities());
    expect(inA).toEqual(producer.acked);
    const stats = await a.stats();
    expect(stats.applied).toBe([...producer.acked.values()].reduce((sum, count) => sum + count, 0));
    expect(stats.partitions.map(({ phase }) => phase)).toEqual(Array(PARTITIONS).fill('owning'));
  });

  it('is released within its time although its checkpoint hangs, and the 63 others go on meanwhile', async () => {
    const deps = stores.deps();
    let hangs = false;
    const slow = new Proxy(deps.checkpoints, {
      get(store, name) {
        const call = (...args: unknown[]) =>
          hangs && name === 'commit' && (args[0] as Claim).partition === 5
            ? new Promise(() => undefined)
            : (Reflect.get(store, name) as (...of: unknown[]) => unknown).apply(store, args);
        return call;
      },
    });
    const a = await start({ ...deps, checkpoints: slow });
    const b = await start(await stores.another('b'));
    const producer = load();
    await producer.more(5);
    hangs = true;
    const releasing = controlOf(a).release(2, [5]);
    await expect.poll(() => controlOf(a).phaseOf(5)).toBe(PartitionPhase.RELEASING);
    const others = cities().filter((_, partition) => partition !== 5);
    expect((await counted(a, others)).size).toBe(63);
    const refusal = getCities(a, { cityIds: [cities()[5]!] });
    await expect(refusal).rejects.toMatchObject({ code: 9, details: expect.stringContaining('Partition 5') });
    const { released } = await releasing;
    expect(released).toMatchObject([{ partition: 5 }]);
    expect(released[0]!.checkpointOffset < released[0]!.releaseOffset).toBe(true);
    await controlOf(b).acquire(2, released);
    await producer.stop();
    expect(await counted(b, [cities()[5]!])).toEqual(new Map([[cities()[5]!, producer.acked.get(cities()[5]!)]]));
    expect((await a.stats()).partitions.map(({ partition }) => partition)).not.toContain(5);
  });

  it('is dropped alone when another shard takes its claim, and the others go on', async () => {
    const [a, b] = [await start(stores.deps()), await start(await stores.another('b'))];
    const producer = load();
    await producer.more(3);
    await controlOf(b).acquire(2, [{ partition: 9 }]);
    await expect.poll(() => controlOf(a).phaseOf(9), { timeout: 5000 }).toBeUndefined();
    await producer.more(3);
    await producer.stop();
    const others = cities().filter((_, partition) => partition !== 9);
    expect([...(await counted(a, others)).values()]).toEqual(others.map((cityId) => producer.acked.get(cityId)));
    expect(await counted(b, [cities()[9]!])).toEqual(new Map([[cities()[9]!, producer.acked.get(cities()[9]!)]]));
  });
});

describe('acquiring', () => {
  it('the same partition twice at once is one acquisition, and once more changes nothing', async () => {
    const b = await start(await stores.another('b'));
    const control = controlOf(b);
    const answers = await Promise.all([1, 2].map(() => control.acquire(2, [{ partition: 3 }])));
    answers.push(await control.acquire(2, [{ partition: 3 }]));
    expect(answers.map(({ outcomes }) => outcomes[0]?.owned)).toEqual([true, true, true]);
    await stores.log.append([]);
    const { checkpoints } = await stores.another('c');
    expect(await checkpoints.claim(3, 'c')).toMatchObject({ term: 2 });
  });

  it('again after a release on the same shard goes on where it was released', async () => {
    const b = await start(await stores.another('b'), 3_600_000);
    const control = controlOf(b);
    const producer = load();
    await control.acquire(2, [{ partition: 3 }]);
    await producer.more(3);
    for (let round = 0; round < 3; round++) {
      const { released } = await control.release(2, [3]);
      expect(await control.release(2, [3])).toMatchObject({ released });
      await producer.more(2);
      expect((await control.acquire(2, released)).outcomes).toMatchObject([{ owned: true }]);
    }
    await producer.stop();
    expect(await counted(b, [cities()[3]!])).toEqual(new Map([[cities()[3]!, producer.acked.get(cities()[3]!)]]));
  });

  it('says that the log is not applied yet when its time is over, and goes on', async () => {
    const b = await start(await stores.another('b'));
    const control = controlOf(b);
    const beyond = { partition: 3, releaseOffset: 1n };
    expect((await control.acquire(2, [beyond], 500)).outcomes).toMatchObject([
      { owned: false, reason: 'Its log is not applied yet.' },
    ]);
    expect(await control.phaseOf(3)).toBe(PartitionPhase.FOLLOWING);
    const producer = load();
    await producer.more(1);
    await producer.stop();
    await expect.poll(() => control.phaseOf(3)).toBe(PartitionPhase.OWNING);
  });

  it('is given up when the partition is released meanwhile', async () => {
    const b = await start(await stores.another('b'));
    const control = controlOf(b);
    const acquiring = control.acquire(2, [{ partition: 3, releaseOffset: 10n }]);
    await expect.poll(() => control.phaseOf(3)).toBe(PartitionPhase.FOLLOWING);
    expect(await control.release(2, [3])).toMatchObject({ released: [{ partition: 3, releaseOffset: 0n }] });
    expect((await acquiring).outcomes).toMatchObject([{ owned: false, reason: 'Partition 3 has left this shard.' }]);
    expect(await control.phaseOf(3)).toBeUndefined();
  });
});

describe('a placement', () => {
  it('that comes later is acquired, and what a newer one gives to others is let go of', async () => {
    const [a, b] = [await start(await stores.another('a')), await start(await stores.another('b'))];
    expect((await a.stats()).partitions).toEqual([]);
    for (const shard of [a, b]) await controlOf(shard).setPlacement(table(1, [0, 1, 2]));
    const owned = async (shard: Shard) =>
      (await shard.stats()).partitions.filter(({ phase }) => phase === 'owning').map(({ partition }) => partition);
    await expect.poll(() => owned(b)).toEqual([0, 1, 2]);
    await expect.poll(async () => (await owned(a)).length).toBe(61);
    // A shard that nobody told: it learns from its claims.
    await controlOf(b).setPlacement(table(2, [0, 1, 2, 3]));
    await expect.poll(() => owned(b)).toEqual([0, 1, 2, 3]);
    await controlOf(a).setPlacement(table(2, [0, 1, 2, 3]));
    await expect.poll(async () => (await owned(a)).length).toBe(60);
    const where = getCities(a, { cityIds: [cities()[3]!] });
    await expect(where).rejects.toMatchObject({
      code: 9,
      details: expect.stringContaining('Partition 3 belongs to shard b.'),
    });
  });

  it('of standbys keeps a copy that answers EVENTUAL reads with its age, and no other read', async () => {
    const a = await start(stores.deps());
    const b = await start(await stores.another('b'));
    const standbys = Array.from({ length: PARTITIONS }, (_, partition) => (partition === 4 ? [1] : []));
    await controlOf(b).setPlacement({ ...table(2, []), standbys });
    const producer = load();
    await producer.more(3);
    await producer.stop();
    const cityIds = [cities()[4]!];
    await counted(a, cityIds);
    const eventual = () => getCities(b, { cityIds, consistency: Consistency.EVENTUAL });
    await expect
      .poll(async () => Number((await eventual().catch(() => undefined))?.states[0]?.observations), { timeout: 5000 })
      .toBe(producer.acked.get(cityIds[0]!));
    expect((await eventual()).states[0]?.stalenessSeconds).toBe(0);
    expect((await getCities(a, { cityIds })).states[0]?.stalenessSeconds).toBeUndefined();
    for (const consistency of [Consistency.UNSPECIFIED, Consistency.STRONG]) {
      await expect(getCities(b, { cityIds, consistency })).rejects.toMatchObject({ code: 9 });
    }
    await controlOf(b).setPlacement(table(3, []));
    await expect.poll(() => controlOf(b).phaseOf(4)).toBeUndefined();
  });
});

describe('a call', () => {
  it('that acts for an older epoch than the shard has seen is refused', async () => {
    const control = controlOf(await start(await stores.another('b')));
    expect(await control.setPlacement(table(5, []))).toMatchObject({ epoch: 5n });
    await control.follow(6, []);
    const stale = { code: 9, details: expect.stringContaining('The call acts for epoch 5, this shard has seen 6.') };
    await expect(control.follow(5, [1])).rejects.toMatchObject(stale);
    await expect(control.release(5, [1])).rejects.toMatchObject(stale);
    await expect(control.acquire(5, [{ partition: 1 }])).rejects.toMatchObject(stale);
    await expect(control.setPlacement(table(5, []))).rejects.toMatchObject(stale);
    expect(await control.ownership()).toMatchObject({ shard: 'b', epoch: 6n });
  });

  it('for a partition that the log does not have, or with a table that contradicts itself, is refused with the field', async () => {
    const control = controlOf(await start(await stores.another('b')));
    await expect(control.acquire(1, [{ partition: 64 }])).rejects.toMatchObject({
      code: 3,
      details: 'partitions[0]: is 64, but the log has 64 partitions',
    });
    await expect(control.setPlacement({ ...table(1, []), owners: [9] })).rejects.toMatchObject({
      code: 3,
      details: expect.stringContaining('owners has 1 entries, but partitionCount is 64; owners[0] is 9'),
    });
    const other = createPlacement({ shards: ['b'], partitionCount: 8, epoch: 1 });
    await expect(control.setPlacement(other)).rejects.toMatchObject({
      code: 9,
      details: expect.stringContaining('The placement has 8 partitions, the log has 64.'),
    });
  });
});
