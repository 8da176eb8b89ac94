import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type GetShardStatusResponse,
  GetShardStatusResponseSchema,
  type PartitionStatusSchema,
  type ProducerStatusSchema,
} from '@isotherm/contracts/compute/v1/compute_service';
import type { PartitionState } from '@isotherm/domain';
import type { PartitionExtent } from '@isotherm/log';
import type { PartitionRuntime } from '../partition/partition-runtime.ts';

/** Who reports, and when. */
export interface ShardStatusContext {
  readonly shard: string;
  readonly epoch: number;
  readonly nowMs: number;
}

/** Describes the shard's partitions and the producers it has seen. */
export function shardStatus(
  { shard, epoch, nowMs }: ShardStatusContext,
  runtimes: ReadonlyMap<number, PartitionRuntime>,
  extents: ReadonlyMap<number, PartitionExtent>,
): GetShardStatusResponse {
  const partitions = [...runtimes.values()].map((runtime) =>
    partitionStatus(runtime, { shard, nowMs }, extents.get(runtime.partition)),
  );
  return create(GetShardStatusResponseSchema, {
    shard,
    epoch: BigInt(epoch),
    partitions,
    producers: producerStatuses(runtimes),
  });
}

/** Age of the oldest record not applied, in seconds: 0 when there is none. */
export function lagSeconds(runtime: PartitionRuntime, extent: PartitionExtent | undefined, nowMs: number): number {
  if (extent === undefined || extent.end <= runtime.state.appliedOffset) return 0;
  const { logTimeMs } = runtime.state;
  return logTimeMs > 0 ? Math.max(0, (nowMs - logTimeMs) / 1000) : 0;
}

function partitionStatus(
  runtime: PartitionRuntime,
  { shard, nowMs }: { readonly shard: string; readonly nowMs: number },
  extent: PartitionExtent | undefined,
): MessageInitShape<typeof PartitionStatusSchema> {
  const { state } = runtime;
  const end = Math.max(extent?.end ?? 0, state.appliedOffset);
  return {
    partition: state.partition,
    owner: shard,
    endOffset: BigInt(end),
    appliedOffset: BigInt(state.appliedOffset),
    storedOffset: BigInt(
      state.rowsPending === 0 ? runtime.sinkCursor : Math.min(runtime.sinkCursor, state.storedOffset),
    ),
    checkpointOffset: BigInt(runtime.checkpointOffset),
    lagRecords: BigInt(end - state.appliedOffset),
    lagSeconds: lagSeconds(runtime, extent, nowMs),
    watermarkUnixMs: Number.isFinite(state.watermarkMs) ? BigInt(Math.floor(state.watermarkMs)) : 0n,
    cities: state.cityCount,
    observationsApplied: BigInt(state.counters.applied),
    observationsDead: BigInt(state.counters.dead + state.counters.rejected),
    observationsDuplicate: BigInt(state.counters.duplicate),
    observationsStored: BigInt(state.counters.stored),
    rowsPending: BigInt(state.rowsPending),
  };
}

/** The newest session of each tenant's producers, summed over partitions. */
function producerStatuses(
  runtimes: ReadonlyMap<number, PartitionRuntime>,
): MessageInitShape<typeof ProducerStatusSchema>[] {
  const newest = new Map<string, ReturnType<PartitionState['producers']>[number]>();
  for (const { state } of runtimes.values()) {
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
