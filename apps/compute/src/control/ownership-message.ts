import { create } from '@bufbuild/protobuf';
import {
  type GetOwnershipResponse,
  GetOwnershipResponseSchema,
  PartitionPhase as Phase,
} from '@isotherm/contracts/compute/v1/control_service';
import type { PartitionPhase } from '../partition/partition-phase.ts';
import type { ShardStats } from '../status/shard-stats.ts';

const PHASES: Readonly<Record<PartitionPhase, Phase>> = {
  loading: Phase.LOADING,
  following: Phase.FOLLOWING,
  owning: Phase.OWNING,
  releasing: Phase.RELEASING,
  gone: Phase.UNSPECIFIED,
};

/** A shard's state as isotherm.compute.v1.GetOwnershipResponse. */
export function ownershipMessage(stats: ShardStats, epoch: number): GetOwnershipResponse {
  return create(GetOwnershipResponseSchema, {
    shard: stats.shard,
    instanceId: stats.instanceId,
    epoch: BigInt(epoch),
    partitions: stats.partitions.map((partition) => ({
      partition: partition.partition,
      phase: PHASES[partition.phase],
      appliedOffset: BigInt(partition.appliedOffset),
      endOffset: BigInt(partition.endOffset),
      lagSeconds: partition.lagSeconds,
      observationsPerSecond: partition.observationsPerSecond,
      busyRatio: partition.busyRatio,
      cities: partition.cities,
      checkpointOffset: BigInt(partition.checkpointOffset),
    })),
  });
}
