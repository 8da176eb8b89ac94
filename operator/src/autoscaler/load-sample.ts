import type { ShardReport } from '@isotherm/coordination';

/** What all shards together said at one time. */
export interface LoadSample {
  readonly atMs: number;
  /** Shards that answered, and those that were asked. */
  readonly answered: number;
  readonly asked: number;
  /** Partitions that answering shards own. */
  readonly partitions: number;
  /** Observations applied a second. */
  readonly ratePerSecond: number;
  /** Processor seconds a second spent applying: mean of the shards, and of the busiest one. */
  readonly busy: number;
  readonly busiest: number;
  /** Largest lag of a partition. */
  readonly lagSeconds: number;
  /** Records appended and applied, summed over partitions: their growth says how much more arrives than is applied. */
  readonly endOffset: number;
  readonly appliedOffset: number;
  /** Share of the rate that the busiest partition has. */
  readonly hottestShare: number;
}

/** Sums up what shards said; undefined where none owns anything. Pure. */
export function loadSample(
  reports: Iterable<ShardReport>,
  at: { readonly atMs: number; readonly asked: number },
): LoadSample | undefined {
  const shards = [...reports].map(({ partitions }) =>
    [...partitions.values()].filter(({ phase }) => phase === 'owning'),
  );
  const owned = shards.flat();
  if (owned.length === 0) return undefined;
  const busy = shards.map((partitions) => sum(partitions.map(({ busyRatio }) => busyRatio)));
  const ratePerSecond = sum(owned.map(({ observationsPerSecond }) => observationsPerSecond));
  const hottest = Math.max(...owned.map(({ observationsPerSecond }) => observationsPerSecond));
  return {
    ...at,
    answered: shards.length,
    partitions: owned.length,
    ratePerSecond,
    busy: sum(busy) / busy.length,
    busiest: Math.max(...busy),
    lagSeconds: Math.max(...owned.map(({ lagSeconds }) => lagSeconds)),
    endOffset: sum(owned.map(({ endOffset }) => endOffset)),
    appliedOffset: sum(owned.map(({ appliedOffset }) => appliedOffset)),
    hottestShare: ratePerSecond === 0 ? 0 : hottest / ratePerSecond,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
