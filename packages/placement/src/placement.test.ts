import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPlacement } from './create-placement.ts';
import { partitionOf } from './partition-of.ts';
import type { Placement } from './placement.ts';
import { ownerOf, partitionsOf } from './read-placement.ts';
import { rebalance } from './rebalance.ts';
import { rendezvousOwner } from './rendezvous.ts';
import { assertPlacement, placementProblems } from './validate-placement.ts';

const csv = gunzipSync(readFileSync(new URL('../../../samples/cities.csv.gz', import.meta.url))).toString();
const cityIds = csv
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((line) => line.slice(0, line.indexOf(',')));

const shardNames = (count: number) => Array.from({ length: count }, (_, i) => `compute-${i}`);

/** Cities of each partition: what the real catalogue makes of load. */
function citiesByPartition(partitionCount: number): number[] {
  const cities = new Array<number>(partitionCount).fill(0);
  for (const id of cityIds) cities[partitionOf(id, partitionCount)]! += 1;
  return cities;
}

function loadsOf(placement: Placement, weights: readonly number[]): number[] {
  const loads = placement.shards.map(() => 0);
  placement.owners.forEach((owner, partition) => {
    loads[owner]! += weights[partition]!;
  });
  return loads;
}

const maxOverMean = (loads: readonly number[]) =>
  Math.max(...loads) / (loads.reduce((sum, load) => sum + load, 0) / loads.length);

describe('rendezvous hashing', () => {
  it.each([1, 3, 8, 16])(
    'moves about 1/(n+1) of 4,096 partitions from %d shards to one more, all of them to it',
    (n) => {
      const before = shardNames(n);
      const after = shardNames(n + 1);
      let moved = 0;
      for (let partition = 0; partition < 4096; partition++) {
        const to = rendezvousOwner(after, partition);
        if (to === rendezvousOwner(before, partition)) continue;
        expect(to).toBe(n);
        moved++;
      }
      const expected = 4096 / (n + 1);
      expect(Math.abs(moved - expected)).toBeLessThan(4 * Math.sqrt(expected));
    },
  );
});

describe('first placement', () => {
  it('gives every shard its share of the partitions, whatever the order of names', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 20 }), (partitionCount, n) => {
        const placement = createPlacement({ shards: shardNames(n), partitionCount });
        assertPlacement(placement);
        const counts = loadsOf(placement, new Array(partitionCount).fill(1));
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        const reversed = createPlacement({ shards: shardNames(n).reverse(), partitionCount });
        for (const p of placement.owners.keys()) expect(ownerOf(reversed, p)).toBe(ownerOf(placement, p));
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    [2, 64, 1.1],
    [4, 64, 1.1],
    [16, 256, 1.15],
  ])('on %d shards and %d partitions keeps cities per shard within %d of the mean', (n, partitionCount, bound) => {
    const placement = createPlacement({ shards: shardNames(n), partitionCount });
    expect(maxOverMean(loadsOf(placement, citiesByPartition(partitionCount)))).toBeLessThan(bound);
  });

  it('says who owns what', () => {
    const placement = createPlacement({ shards: ['a', 'b'], partitionCount: 8, epoch: 7 });
    expect(placement.epoch).toBe(7);
    expect([...partitionsOf(placement, 'a'), ...partitionsOf(placement, 'b')].sort((x, y) => x - y)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7,
    ]);
    expect(partitionsOf(placement, 'nobody')).toEqual([]);
    expect(() => ownerOf(placement, 8)).toThrow('Partition 8 does not exist: the placement has 8.');
  });
});

describe('rebalancing', () => {
  it.each([
    [1, 64],
    [3, 64],
    [7, 256],
    [15, 256],
    [48, 4096],
  ])('from %d shards to one more on %d partitions moves 1/(n+1) of them, all to the new one', (n, partitionCount) => {
    const before = createPlacement({ shards: shardNames(n), partitionCount });
    const { placement, moves } = rebalance(before, shardNames(n + 1));
    expect(placement.epoch).toBe(before.epoch + 1);
    expect(new Set(moves.map((move) => move.to))).toEqual(new Set([`compute-${n}`]));
    expect(moves.length).toBeLessThanOrEqual(partitionCount / (n + 1));
    expect(moves.length).toBeGreaterThanOrEqual(Math.floor((partitionCount / (n + 1)) * 0.95) - 1);
  });

  it('by the real cities of each partition levels the load of 64 shards to 3 % and moves about 1/49 for the 49th', () => {
    const rates = citiesByPartition(4096);
    const first = createPlacement({ shards: shardNames(48), partitionCount: 4096 });
    const level = rebalance(first, shardNames(48), { rates, tolerance: 0.01 }).placement;
    const { placement, moves } = rebalance(level, shardNames(49), { rates, tolerance: 0.01 });
    expect(maxOverMean(loadsOf(placement, rates))).toBeLessThan(1.03);
    const movedCities = moves.reduce((sum, move) => sum + rates[move.partition]!, 0);
    expect(movedCities / cityIds.length).toBeLessThan(1.6 / 49);
    const grown = rebalance(placement, shardNames(64), { rates, tolerance: 0.01 }).placement;
    expect(maxOverMean(loadsOf(grown, rates))).toBeLessThan(1.03);
  });

  it('of a level table changes nothing and keeps its epoch', () => {
    const before = createPlacement({ shards: shardNames(5), partitionCount: 64, epoch: 9 });
    const result = rebalance(before, shardNames(5));
    expect(result).toEqual({ placement: before, moves: [] });
  });

  it('hands the partitions of a shard that is gone to the others and touches nothing else', () => {
    const before = createPlacement({ shards: shardNames(4), partitionCount: 64 });
    const { placement, moves } = rebalance(before, ['compute-0', 'compute-1', 'compute-3'], { maxMoves: 0 });
    expect(moves.every((move) => move.from === 'compute-2')).toBe(true);
    expect(moves.map((move) => move.partition)).toEqual(partitionsOf(before, 'compute-2'));
    expect(maxOverMean(loadsOf(placement, new Array(64).fill(1)))).toBeLessThan(1.05);
  });

  it('isolates a hot partition by moving its neighbours, within the limit of moves', () => {
    const before = createPlacement({ shards: shardNames(4), partitionCount: 64 });
    const rates = new Array<number>(64).fill(100);
    rates[17] = 5000;
    const hotOwner = ownerOf(before, 17);
    const { placement, moves } = rebalance(before, shardNames(4), { rates });
    expect(partitionsOf(placement, hotOwner)).toEqual([17]);
    expect(moves.some((move) => move.partition === 17)).toBe(false);
    expect(rebalance(before, shardNames(4), { rates, maxMoves: 3 }).moves).toHaveLength(3);
  });

  it('always yields a valid table with a higher epoch, moves nothing twice and never widens the spread', () => {
    const world = fc.record({
      partitionCount: fc.integer({ min: 1, max: 128 }),
      from: fc.integer({ min: 1, max: 12 }),
      to: fc.integer({ min: 1, max: 12 }),
      rates: fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 128, maxLength: 128 }),
    });
    fc.assert(
      fc.property(world, ({ partitionCount, from, to, rates: allRates }) => {
        const rates = allRates.slice(0, partitionCount);
        const before = createPlacement({ shards: shardNames(from), partitionCount });
        const { placement, moves } = rebalance(before, shardNames(to), { rates });
        expect(placementProblems(placement)).toEqual([]);
        const changed = placement !== before;
        expect(placement.epoch).toBe(before.epoch + (changed ? 1 : 0));
        const differing = [...before.owners.keys()].filter((p) => ownerOf(before, p) !== ownerOf(placement, p));
        expect(moves.map((move) => move.partition)).toEqual(differing);
        if (from === to) {
          expect(Math.max(...loadsOf(placement, rates))).toBeLessThanOrEqual(
            Math.max(...loadsOf(before, rates)) + Math.max(...rates) * 0.1 + 1,
          );
        }
        expect(rebalance(before, shardNames(to), { rates })).toEqual({ placement, moves });
      }),
      { numRuns: 60 },
    );
  });

  it('refuses rates that make no sense', () => {
    const before = createPlacement({ shards: ['a'], partitionCount: 2 });
    expect(() => rebalance(before, ['a'], { rates: [1] })).toThrow('rates has 1 entries, but there are 2 partitions.');
    expect(() => rebalance(before, ['a'], { rates: [1, -1] })).toThrow('rates[1] is -1');
  });
});

describe('validation', () => {
  it('names every problem of a table', () => {
    expect(placementProblems({ epoch: 0, partitionCount: 3, shards: ['a', 'a', ''], owners: [0, 5] })).toEqual([
      'epoch is 0, but must be a whole number from 1 on',
      "shards[1] repeats 'a'",
      'shards[2] must be a name',
      'owners has 2 entries, but partitionCount is 3',
      'owners[1] is 5, but must be an index into 3 shards',
    ]);
    expect(placementProblems(null)).toEqual(['placement must be an object']);
    expect(placementProblems({})).toHaveLength(4);
  });

  it('refuses to create what would not be valid', () => {
    expect(() => createPlacement({ shards: [], partitionCount: 0 })).toThrow(
      'Placement is not valid: partitionCount is 0, but must be a whole number from 1 to 65536; shards must name at least one shard.',
    );
  });
});
