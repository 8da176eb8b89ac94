import { createPrng } from '@isotherm/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PlacementRecord } from './placement-record.ts';
import { planTarget, type TargetInputs } from './plan-target.ts';

const shardsOf = (...names: readonly string[]) =>
  names.map((name) => ({ name, address: `${name}:1`, controlAddress: `${name}:2`, draining: false }));

/** The record once everything is where it shall be. */
function settled(previous: PlacementRecord | undefined, inputs: TargetInputs): PlacementRecord {
  const next = planTarget(previous, inputs) ?? previous!;
  return { ...next, owners: next.targets };
}

const namesOf = ({ shards }: PlacementRecord, indexes: readonly number[]) =>
  indexes.map((index) => shards[index]!.name);

describe('a target', () => {
  test('gives the partitions of a dead shard to their copies, and leaves other copies where they are', () => {
    const inputs = { shards: shardsOf('a', 'b', 'c'), partitionCount: 60, standbys: 1 };
    const before = settled(undefined, inputs);
    const after = settled(before, { ...inputs, shards: shardsOf('a', 'c') });
    const [was, is] = [namesOf(before, before.targets), namesOf(after, after.targets)];
    was.forEach((owner, partition) => {
      const [copy] = namesOf(before, before.standbys[partition]!);
      expect(is[partition]).toBe(owner === 'b' ? copy : owner);
      expect(namesOf(after, after.standbys[partition]!)).toEqual([is[partition] === 'a' ? 'c' : 'a']);
    });
  });

  test('gives what a dead shard had to one that drains where nobody else is left', () => {
    const inputs = { shards: shardsOf('a', 'b'), partitionCount: 8, standbys: 0 };
    const before = settled(undefined, inputs);
    const [b] = shardsOf('b');
    const after = settled(before, { ...inputs, shards: [{ ...b!, draining: true }] });
    expect(new Set(namesOf(after, after.targets))).toEqual(new Set(['b']));
  });

  test('levels lognormal city rates to 1.02 of the mean with 16 partitions a shard or more', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        fc.integer({ min: 2, max: 12 }),
        fc.integer({ min: 16, max: 40 }),
        (seed, shardCount, partitionsPerShard) => {
          const prng = createPrng(seed);
          const partitionCount = shardCount * partitionsPerShard;
          const rates = new Array<number>(partitionCount).fill(0);
          // A city's partition is a hash of its name: independent of its rate.
          for (let city = 0; city < 15_000; city++) {
            const normal = Math.sqrt(-2 * Math.log(1 - prng.float())) * Math.cos(2 * Math.PI * prng.float());
            rates[Math.floor(prng.float() * partitionCount)]! += Math.exp(normal);
          }
          const names = Array.from({ length: shardCount }, (_, index) => `shard-${index}`);
          const inputs = { shards: shardsOf(...names), partitionCount, standbys: 0, rates };
          let record = settled(undefined, inputs);
          for (let looks = 0; looks < 20; looks++) record = settled(record, inputs);
          const loads = new Array<number>(shardCount).fill(0);
          record.targets.forEach((target, partition) => {
            loads[target]! += rates[partition]!;
          });
          const mean = loads.reduce((sum, load) => sum + load, 0) / shardCount;
          expect(Math.max(...loads) / mean).toBeLessThanOrEqual(1.02);
          // Level loads stay as they are.
          expect(planTarget(record, inputs)).toBeUndefined();
        },
      ),
      { numRuns: 100 },
    );
  });
});
