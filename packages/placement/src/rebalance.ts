import type { Placement } from './placement.ts';
import { rendezvousScore } from './rendezvous.ts';
import { assertPlacement, assertPlacementInputs } from './validate-placement.ts';

/** How far to go. */
export interface RebalanceOptions {
  /** Observations per second of each partition, or any other measure of its cost. Default: all alike. */
  readonly rates?: readonly number[];
  /** Most partitions moved for the sake of balance. Those whose shard is gone move in any case. Default: no limit. */
  readonly maxMoves?: number;
  /** No partition moves while every shard's load is within this share of the mean. Default 0.05. */
  readonly tolerance?: number;
}

/** A partition that changes hands. */
export interface PlacementMove {
  readonly partition: number;
  /** Name of the loser; it may be gone. */
  readonly from: string;
  readonly to: string;
}

/** The new table and what it takes to get there. */
export interface Rebalanced {
  /** Epoch = the previous one + 1, or the previous table itself where nothing changes. */
  readonly placement: Placement;
  readonly moves: readonly PlacementMove[];
}

/** Every partition weighs at least this share of the mean, so that quiet ones are spread as well. */
const QUIET_SHARE = 0.01;

/**
 * Places partitions on a new set of shards, or on the same by new rates, moving as few as possible: first those whose
 * shard is gone, heaviest first, each to the least loaded shard; then from the most to the least loaded shard whichever
 * partition comes closest to levelling the two, while it lowers the imbalance; then pairs exchanged by the two. No partition moves twice. Equal choices
 * fall by rendezvous score, so that the result depends on the inputs alone.
 * @throws RangeError if the previous table or the inputs are not valid.
 */
export function rebalance(previous: Placement, shards: readonly string[], options: RebalanceOptions = {}): Rebalanced {
  assertPlacement(previous);
  assertPlacementInputs({ epoch: previous.epoch + 1, partitionCount: previous.partitionCount, shards });
  const weights = weigh(previous.partitionCount, options.rates);
  const indexOf = new Map(shards.map((shard, index) => [shard, index]));
  const owners = previous.owners.map((owner) => indexOf.get(previous.shards[owner]!) ?? -1);
  const loads = new Array<number>(shards.length).fill(0);
  owners.forEach((owner, partition) => {
    if (owner >= 0) loads[owner]! += weights[partition]!;
  });
  const moved = new Set<number>();
  const scores = shards.map<Float64Array | undefined>(() => undefined);
  const scoresOf = (shard: number): Float64Array => {
    scores[shard] ??= Float64Array.from(owners, (_, partition) => rendezvousScore(shards[shard]!, partition));
    return scores[shard];
  };
  const give = (partition: number, to: number): void => {
    const from = owners[partition]!;
    if (from >= 0) loads[from]! -= weights[partition]!;
    loads[to]! += weights[partition]!;
    owners[partition] = to;
    moved.add(partition);
  };

  const orphans = owners.flatMap((owner, partition) => (owner < 0 ? [partition] : []));
  orphans.sort((a, b) => weights[b]! - weights[a]! || a - b);
  for (const partition of orphans) give(partition, leastLoaded(loads, shards, partition));

  let movesLeft = options.maxMoves ?? Number.POSITIVE_INFINITY;
  const balance: Balance = { owners, loads, weights, moved, shards, scoresOf, tolerance: options.tolerance ?? 0.05 };
  while (movesLeft > 0) {
    const move = nextMove(balance);
    const moves = move !== undefined ? [move] : movesLeft > 1 ? nextSwap(balance) : [];
    if (moves.length === 0) break;
    movesLeft -= moves.length;
    for (const { partition, to } of moves) give(partition, to);
  }

  const moves = [...moved]
    .sort((a, b) => a - b)
    .map((partition) => ({
      partition,
      from: previous.shards[previous.owners[partition]!]!,
      to: shards[owners[partition]!]!,
    }));
  const sameShards = shards.length === previous.shards.length && shards.every((s, i) => s === previous.shards[i]);
  if (moves.length === 0 && sameShards) return { placement: previous, moves };
  const { partitionCount } = previous;
  return { placement: { epoch: previous.epoch + 1, partitionCount, shards: [...shards], owners }, moves };
}

function weigh(partitionCount: number, rates: readonly number[] | undefined): readonly number[] {
  if (rates === undefined) return new Array<number>(partitionCount).fill(1);
  if (rates.length !== partitionCount) {
    throw new RangeError(`rates has ${rates.length} entries, but there are ${partitionCount} partitions.`);
  }
  const bad = rates.findIndex((rate) => !(rate >= 0 && Number.isFinite(rate)));
  if (bad >= 0) throw new RangeError(`rates[${bad}] is ${rates[bad]}, but must be a finite number from 0 on.`);
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / partitionCount;
  const floor = mean > 0 ? mean * QUIET_SHARE : 1;
  return rates.map((rate) => Math.max(rate, floor));
}

function leastLoaded(loads: readonly number[], shards: readonly string[], partition: number): number {
  let best = 0;
  for (let shard = 1; shard < shards.length; shard++) {
    const difference = loads[shard]! - loads[best]!;
    if (difference > 0) continue;
    if (difference < 0 || rendezvousScore(shards[shard]!, partition) > rendezvousScore(shards[best]!, partition)) {
      best = shard;
    }
  }
  return best;
}

interface Balance {
  readonly owners: readonly number[];
  readonly loads: readonly number[];
  readonly weights: readonly number[];
  readonly moved: ReadonlySet<number>;
  readonly shards: readonly string[];
  /** Rendezvous scores of a shard by partition. */
  readonly scoresOf: (shard: number) => Float64Array;
  readonly tolerance: number;
}

interface Move {
  readonly partition: number;
  readonly to: number;
}

/** The most loaded first. */
function shardsByLoad({ loads, shards }: Balance): readonly number[] {
  return loads.map((_, shard) => shard).sort((a, b) => loads[b]! - loads[a]! || (shards[a]! < shards[b]! ? -1 : 1));
}

function isLevel({ loads, tolerance }: Balance, byLoad: readonly number[]): boolean {
  const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
  const [most, least] = [byLoad[0]!, byLoad[byLoad.length - 1]!];
  return loads[most]! <= mean * (1 + tolerance) && loads[least]! >= mean * (1 - tolerance);
}

/**
 * Two partitions that the most and the least loaded shard exchange, where no partition alone is small enough to level
 * them; empty if the loads are level enough or nothing helps.
 */
function nextSwap(balance: Balance): readonly Move[] {
  const { owners, loads, weights, moved } = balance;
  const byLoad = shardsByLoad(balance);
  if (isLevel(balance, byLoad)) return [];
  const [from, to] = [byLoad[0]!, byLoad[byLoad.length - 1]!];
  const gap = loads[from]! - loads[to]!;
  const of = (shard: number) =>
    owners.flatMap((owner, partition) => (owner === shard && !moved.has(partition) ? [partition] : []));
  const receives = of(to);
  let best: readonly Move[] = [];
  let bestMiss = (gap / 2) * (1 - 1e-9);
  for (const heavy of of(from)) {
    for (const light of receives) {
      const miss = Math.abs(gap / 2 - (weights[heavy]! - weights[light]!));
      if (miss >= bestMiss) continue;
      bestMiss = miss;
      best = [
        { partition: heavy, to },
        { partition: light, to: from },
      ];
    }
  }
  return best;
}

/** The next move that levels, or undefined if the loads are level enough or nothing helps. */
function nextMove(balance: Balance): Move | undefined {
  const byLoad = shardsByLoad(balance);
  if (isLevel(balance, byLoad)) return undefined;
  const to = byLoad[byLoad.length - 1]!;
  for (const from of byLoad) {
    if (from === to) break;
    const partition = bestToGive(balance, from, to);
    if (partition >= 0) return { partition, to };
  }
  return undefined;
}

/** The partition of `from` that comes closest to levelling the two; -1 if none lowers their difference. */
function bestToGive({ owners, loads, weights, moved, scoresOf }: Balance, from: number, to: number): number {
  const gap = loads[from]! - loads[to]!;
  let best = -1;
  let bestMiss = Number.POSITIVE_INFINITY;
  const scores = scoresOf(to);
  owners.forEach((owner, partition) => {
    const weight = weights[partition]!;
    // Moving lowers the imbalance if the weight is less than the gap, by more than rounding.
    if (owner !== from || moved.has(partition) || weight >= gap * (1 - 1e-9)) return;
    const miss = Math.abs(gap / 2 - weight);
    if (miss > bestMiss) return;
    if (miss < bestMiss || scores[partition]! > scores[best]!) {
      best = partition;
      bestMiss = miss;
    }
  });
  return best;
}
