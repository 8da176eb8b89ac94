import { createLogger } from '@isotherm/service-kit';
import { createPrng } from '@isotherm/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createHandOffDriver } from './hand-off-driver.ts';
import { isConverged, type PlacementRecord, tableOf } from './placement-record.ts';
import { planTarget } from './plan-target.ts';
import { createShardLiveness } from './shard-liveness.ts';
import { createMemoryRecordStore } from './store/memory-record-store.ts';
import { instantRuntime } from './testing/instant-runtime.ts';
import { createSimulatedShards } from './testing/simulated-shards.ts';

const PARTITIONS = 16;
const FAILOVER_MS = 2_000;
const logger = createLogger({ service: 'test', level: 'error' });

function setUp(seed: number, shardCount = 4) {
  const prng = createPrng(seed);
  const runtime = instantRuntime(() => prng.float());
  const world = createSimulatedShards(shardCount, PARTITIONS, runtime);
  const store = createMemoryRecordStore();
  const liveness = createShardLiveness(FAILOVER_MS);
  const start = () => createHandOffDriver({ control: world.control, store, logger, runtime });
  let driver = start();
  let record: PlacementRecord | undefined;

  /** One turn of whoever drives: survey, new target, round. */
  async function turn(options: { readonly standbys?: number; readonly draining?: readonly string[] } = {}) {
    world.step();
    const { reports } = await driver.survey(record?.shards ?? []);
    for (const { name } of record?.shards ?? []) {
      const report = reports.get(name);
      if (report === undefined) liveness.silent(name, runtime.now());
      else liveness.answered(report, runtime.now());
    }
    const gone = liveness.given(runtime.now());
    const shards = world.shards
      .filter(({ name }) => !gone.has(name) || world.isAlive(name))
      .map((shard) => ({ ...shard, draining: options.draining?.includes(shard.name) === true }));
    const next = planTarget(record, { shards, partitionCount: PARTITIONS, standbys: options.standbys ?? 0 });
    if (next !== undefined) {
      await store.save(next, record);
      record = next;
    }
    const round = await driver.round(record!, { reports, gone });
    record = round.record;
    return round;
  }
  return {
    world,
    turn,
    record: () => record!,
    /** The driver dies and another one begins from what is stored. */
    async succeed() {
      driver = start();
      record = await store.load();
    },
  };
}

function expectOneOwnerEach({ world, record }: ReturnType<typeof setUp>) {
  const table = tableOf(record());
  for (let partition = 0; partition < PARTITIONS; partition++) {
    expect(world.ownersOf(partition)).toEqual([table.shards[table.owners[partition]!]]);
  }
}

describe('hand-off', () => {
  test('shards that start empty own everything after some rounds, each partition one owner', async () => {
    const setup = setUp(1);
    for (let turns = 0; turns < 20 && !(turns > 1 && isConverged(setup.record())); turns++) await setup.turn();
    expect(isConverged(setup.record())).toBe(true);
    expectOneOwnerEach(setup);
  });

  test('a draining shard ends up with nothing, and only its partitions move', async () => {
    const setup = setUp(2);
    for (let turns = 0; turns < 20; turns++) await setup.turn();
    const before = tableOf(setup.record());
    for (let turns = 0; turns < 30; turns++) await setup.turn({ draining: ['shard-1'] });
    const after = tableOf(setup.record());
    const drained = after.shards.indexOf('shard-1');
    expect(after.owners).not.toContain(drained);
    before.owners.forEach((owner, partition) => {
      if (before.shards[owner] !== 'shard-1') expect(after.shards[after.owners[partition]!]).toBe(before.shards[owner]);
    });
    expectOneOwnerEach(setup);
  });

  test('with a standby each partition is followed by one more shard, and nobody else', async () => {
    const setup = setUp(3);
    for (let turns = 0; turns < 30; turns++) await setup.turn({ standbys: 1 });
    const { standbys, shards } = setup.record();
    for (let partition = 0; partition < PARTITIONS; partition++) {
      expect(standbys[partition]).toHaveLength(1);
      expect(shards[standbys[partition]![0]!]!.name).not.toBe(setup.world.ownersOf(partition)[0]);
    }
    expectOneOwnerEach(setup);
  });

  test('whatever is killed, cut off, started again or lost on its way, rest brings one owner each and no record is missed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1e9 }), async (seed) => {
        const setup = setUp(seed);
        const prng = createPrng(seed + 1);
        const { world } = setup;
        world.failureRate = 0.1;
        for (let turns = 0; turns < 120; turns++) {
          const shard = `shard-${Math.floor(prng.float() * 4)}`;
          const what = prng.float();
          if (what < 0.03) world.kill(shard);
          else if (what < 0.1) world.start(shard);
          else if (what < 0.13) world.setReachable(shard, false);
          else if (what < 0.25) world.setReachable(shard, true);
          else if (what < 0.28) await setup.succeed();
          await setup.turn({ standbys: seed % 2, draining: prng.float() < 0.1 ? [shard] : [] });
        }
        world.failureRate = 0;
        for (const { name } of world.shards) {
          world.start(name);
          world.setReachable(name, true);
        }
        for (let turns = 0; turns < 60; turns++) await setup.turn();
        expect(isConverged(setup.record())).toBe(true);
        expectOneOwnerEach(setup);
        for (let partition = 0; partition < PARTITIONS; partition++) {
          const { end, ownerApplied } = world.progress(partition);
          expect(ownerApplied).toBe(end);
        }
      }),
      { numRuns: 60 },
    );
  });
});
