import { createPlacement, type Placement, rebalance } from '@isotherm/placement';
import { NO_OWNER, type PlacementRecord, type RecordedShard, targetTableOf } from './placement-record.ts';

/** What a new target is made from. */
export interface TargetInputs {
  /** Shards that take part: alive, draining ones included. */
  readonly shards: readonly RecordedShard[];
  readonly partitionCount: number;
  /** Warm copies of each partition on other shards. */
  readonly standbys: number;
  /** Observations a second of each partition; undefined: all alike, and nothing moves for balance alone. */
  readonly rates?: readonly number[];
  /** Most partitions moved for the sake of balance. Default 0 without rates, else 8. */
  readonly maxMoves?: number;
}

/** Loads that are within this share of the mean are level. */
const TOLERANCE = 0.02;

/**
 * The record that gives every partition to a shard that is alive and does not drain, moving as few as possible.
 * @returns undefined where nothing changes, or no shard can take a partition.
 */
export function planTarget(previous: PlacementRecord | undefined, inputs: TargetInputs): PlacementRecord | undefined {
  const takers = takersOf(inputs).map(({ name }) => name);
  if (takers.length === 0) return undefined;
  if (previous === undefined) {
    const table = createPlacement({ shards: takers, partitionCount: inputs.partitionCount });
    return assemble(undefined, inputs, table);
  }
  const before = promoteCopies(previous, takers);
  const joined = takers.some((name) => !before.shards.includes(name) || isEmptyShard(before, name));
  const maxMoves = inputs.maxMoves ?? (joined ? inputs.partitionCount : inputs.rates === undefined ? 0 : 8);
  const { placement } = rebalance(before, takers, {
    maxMoves,
    ...(inputs.rates === undefined ? {} : { rates: inputs.rates, tolerance: TOLERANCE }),
  });
  const next = assemble(previous, inputs, placement);
  return sameContent(previous, next) ? undefined : next;
}

/** Shards that get partitions: those that do not drain, or all where nobody else is left. */
function takersOf({ shards }: TargetInputs): readonly RecordedShard[] {
  const free = shards.filter(({ draining }) => !draining);
  return free.length === 0 ? shards : free;
}

/** The target table, with a copy in the place of each owner that takes part no more: it has the state already. */
function promoteCopies(previous: PlacementRecord, takers: readonly string[]): Placement {
  const table = targetTableOf(previous);
  const takes = table.shards.map((name) => takers.includes(name));
  const owners = table.owners.map((owner, partition) => {
    if (takes[owner]) return owner;
    return previous.standbys[partition]?.find((shard) => takes[shard]) ?? owner;
  });
  return { ...table, owners };
}

function isEmptyShard(table: Placement, name: string): boolean {
  const index = table.shards.indexOf(name);
  return !table.owners.includes(index);
}

function assemble(previous: PlacementRecord | undefined, inputs: TargetInputs, table: Placement): PlacementRecord {
  const named = new Map(inputs.shards.map((shard) => [shard.name, shard]));
  // A shard that has left stays in the record while it is the last known owner of something.
  for (const owner of previous?.owners ?? []) {
    const shard = previous!.shards[owner];
    if (shard !== undefined && !named.has(shard.name)) named.set(shard.name, shard);
  }
  const shards = [...named.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const indexOf = new Map(shards.map(({ name }, index) => [name, index]));
  const targets = table.owners.map((owner) => indexOf.get(table.shards[owner]!)!);
  const owners = Array.from({ length: inputs.partitionCount }, (_, partition) => {
    const name = previous?.shards[previous.owners[partition] ?? NO_OWNER]?.name;
    return name === undefined ? NO_OWNER : indexOf.get(name)!;
  });
  const takers = takersOf(inputs).map(({ name }) => indexOf.get(name)!);
  return {
    epoch: (previous?.epoch ?? 0) + 1,
    shards,
    owners,
    targets,
    standbys: standbysOf(targets, takers, { count: inputs.standbys, before: renamed(previous, indexOf) }),
  };
}

/** Copies of the record before as indexes of the new one. */
function renamed(previous: PlacementRecord | undefined, indexOf: ReadonlyMap<string, number>): number[][] {
  return (previous?.standbys ?? []).map((shards) =>
    shards.flatMap((shard) => indexOf.get(previous!.shards[shard]!.name) ?? []),
  );
}

/**
 * Shards that follow each partition besides its target: those that do already, while they take part and have no more than
 * their share of all copies; then whoever has fewest.
 */
function standbysOf(
  targets: readonly number[],
  takers: readonly number[],
  copies: { readonly count: number; readonly before: readonly (readonly number[])[] },
): number[][] {
  const wanted = Math.min(copies.count, takers.length - 1);
  const share = Math.ceil((targets.length * wanted) / takers.length);
  const held = new Map(takers.map((shard) => [shard, 0]));
  const take = (shard: number) => held.set(shard, held.get(shard)! + 1);
  const kept = targets.map((target, partition) => {
    const may = (shard: number) => shard !== target && (held.get(shard) ?? share) < share;
    const keeps = (copies.before[partition] ?? []).filter(may).slice(0, wanted);
    keeps.forEach(take);
    return keeps;
  });
  return kept.map((keeps, partition) => {
    const chosen = [...keeps];
    while (chosen.length < wanted) {
      const free = takers.filter((shard) => shard !== targets[partition] && !chosen.includes(shard));
      const next = free.reduce((best, shard) => (held.get(shard)! < held.get(best)! ? shard : best));
      chosen.push(next);
      take(next);
    }
    return chosen;
  });
}

function sameContent(a: PlacementRecord, b: PlacementRecord): boolean {
  const { epoch: _a, ...left } = a;
  const { epoch: _b, ...right } = b;
  return JSON.stringify(left) === JSON.stringify(right);
}
