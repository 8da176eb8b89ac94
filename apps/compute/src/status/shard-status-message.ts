import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type GetShardStatusResponse,
  GetShardStatusResponseSchema,
  type PartitionStatusSchema,
  type ProducerStatusSchema,
} from '@isotherm/contracts/compute/v1/compute_service';
import type { PartitionState } from '@isotherm/domain';
import type { PartitionStats, ShardStats } from './shard-stats.ts';

/** A shard's state as isotherm.compute.v1.GetShardStatusResponse: of the partitions it owns, with their producers. */
export function shardStatusMessage(stats: ShardStats, states: readonly PartitionState[]): GetShardStatusResponse {
  const { shard, epoch, partitions } = stats;
  return create(GetShardStatusResponseSchema, {
    shard,
    epoch: BigInt(epoch),
    partitions: partitions
      .filter(({ phase }) => phase === 'owning')
      .map((partition) => ({ ...partitionStatus(partition), owner: shard })),
    producers: producerStatuses(states),
  });
}

function partitionStatus(stats: PartitionStats): MessageInitShape<typeof PartitionStatusSchema> {
  return {
    partition: stats.partition,
    endOffset: BigInt(stats.endOffset),
    appliedOffset: BigInt(stats.appliedOffset),
    storedOffset: BigInt(stats.storedOffset),
    checkpointOffset: BigInt(stats.checkpointOffset),
    lagRecords: BigInt(stats.lagRecords),
    lagSeconds: stats.lagSeconds,
    watermarkUnixMs: Number.isFinite(stats.watermarkMs) ? BigInt(Math.floor(stats.watermarkMs)) : 0n,
    cities: stats.cities,
    observationsApplied: BigInt(stats.applied),
    observationsDead: BigInt(stats.dead + stats.rejected),
    observationsDuplicate: BigInt(stats.duplicate),
    observationsStored: BigInt(stats.stored),
    rowsPending: BigInt(stats.rowsPending),
  };
}

/** The newest session of each tenant's producers, summed over partitions. */
function producerStatuses(states: readonly PartitionState[]): MessageInitShape<typeof ProducerStatusSchema>[] {
  const newest = new Map<string, ReturnType<PartitionState['producers']>[number]>();
  for (const state of states) {
    for (const seen of state.producers()) {
      const key = JSON.stringify([seen.tenant, seen.id]);
      const known = newest.get(key);
      if (known === undefined || (known.session !== seen.session && known.lastSeenMs < seen.lastSeenMs)) {
        newest.set(key, seen);
      } else if (known.session === seen.session) {
        newest.set(key, {
          ...known,
          sequence: Math.max(known.sequence, seen.sequence),
          lastSeenMs: Math.max(known.lastSeenMs, seen.lastSeenMs),
          observations: known.observations + seen.observations,
        });
      }
    }
  }
  return [...newest.values()].map(({ tenant, id, session, sequence, lastSeenMs, observations }) => ({
    tenant,
    producerId: id,
    session,
    sequence: BigInt(sequence),
    lastSeenUnixMs: BigInt(Math.floor(lastSeenMs)),
    observations: BigInt(observations),
  }));
}
