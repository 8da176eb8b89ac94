import type { Placement, ShardEndpoint } from './placement.ts';

/** Partitions of a shard, ascending; empty for a name that is not in the table. */
export function partitionsOf(placement: Placement, shard: string): readonly number[] {
  const index = placement.shards.indexOf(shard);
  return placement.owners.flatMap((owner, partition) => (owner === index ? [partition] : []));
}

/** Partitions that a shard follows as a warm copy, ascending. */
export function standbysOf(placement: Placement, shard: string): readonly number[] {
  const index = placement.shards.indexOf(shard);
  return (placement.standbys ?? []).flatMap((shards, partition) => (shards.includes(index) ? [partition] : []));
}

/** Names of the shards that follow a partition besides its owner. */
export function standbyNames(placement: Placement, partition: number): readonly string[] {
  return (placement.standbys?.[partition] ?? []).map((index) => placement.shards[index]!);
}

/** Name of the shard that owns the partition. @throws RangeError for a partition that does not exist. */
export function ownerOf(placement: Placement, partition: number): string {
  const owner = placement.owners[partition];
  if (owner === undefined) {
    throw new RangeError(`Partition ${partition} does not exist: the placement has ${placement.partitionCount}.`);
  }
  return placement.shards[owner]!;
}

/** Where a shard answers; undefined where the table does not say. */
export function endpointOf(placement: Placement, shard: string): ShardEndpoint | undefined {
  return placement.endpoints?.[placement.shards.indexOf(shard)];
}
