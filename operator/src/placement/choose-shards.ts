import { createPlacement, type Placement, rebalance } from '@isotherm/placement';
import type { PlacementRecord } from './placement-record.ts';
import type { ShardView } from './shard-monitor.ts';

/** What the shards are to be. */
export interface ShardsWanted {
  /** Shards that pods exist for or are coming for. */
  readonly shards: readonly string[];
  /** Those that give their partitions away. */
  readonly draining: readonly string[];
  readonly targetShards: number;
}

/** The next record, and why it is not what it could be. */
export interface NextRecord {
  readonly record: PlacementRecord;
  readonly changed: boolean;
  /** So many shards are silent at once that the fault is likely between them and the operator: nothing moves. */
  readonly tooManyUnreachable: boolean;
}

/** The first record: every shard that pods are coming for. */
export function firstRecord(partitionCount: number, { shards, targetShards }: ShardsWanted): PlacementRecord {
  return { placement: createPlacement({ shards, partitionCount }), draining: [], targetShards };
}

/** The record that follows from what shards say. Only a change of the set of shards moves partitions. Pure. */
export function nextRecord(record: PlacementRecord, wanted: ShardsWanted, view: ShardView): NextRecord {
  const { placement } = record;
  const unreachable = placement.shards.filter((shard) => view.silent.has(shard) || view.dead.has(shard));
  const tooManyUnreachable = unreachable.length > Math.max(1, Math.floor(placement.shards.length / 3));
  const keeps = (shard: string) => placement.shards.includes(shard) && (tooManyUnreachable || !view.dead.has(shard));
  const owners = wanted.shards.filter(
    (shard) => !wanted.draining.includes(shard) && (keeps(shard) || view.reports.has(shard)),
  );
  const next = owners.length === 0 || tooManyUnreachable ? placement : move(placement, owners, view);
  const { targetShards } = wanted;
  const draining = wanted.draining.filter((shard) => next.shards.includes(shard));
  const changed =
    next !== placement || targetShards !== record.targetShards || draining.join() !== record.draining.join();
  return { record: { placement: next, draining, targetShards }, changed, tooManyUnreachable };
}

function move(placement: Placement, shards: readonly string[], { reports }: ShardView): Placement {
  const before = new Set(placement.shards);
  if (before.size === shards.length && shards.every((shard) => before.has(shard))) return placement;
  const rates = new Array<number>(placement.partitionCount).fill(0);
  for (const { partitions } of reports.values()) {
    for (const [partition, { phase, observationsPerSecond }] of partitions) {
      if (phase === 'owning' && partition < rates.length) rates[partition] = observationsPerSecond;
    }
  }
  const measured = rates.some((rate) => rate > 0);
  return rebalance(placement, shards, measured ? { rates } : {}).placement;
}
