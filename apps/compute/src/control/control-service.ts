import { create } from '@bufbuild/protobuf';
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import {
  type AcquiredPartition,
  type AcquireRequest,
  type AcquireResponse,
  AcquireResponseSchema,
  type FollowRequest,
  type FollowResponse,
  FollowResponseSchema,
  type GetOwnershipRequest,
  type GetOwnershipResponse,
  type ReleaseRequest,
  type ReleaseResponse,
  ReleaseResponseSchema,
  type SetPlacementRequest,
  type SetPlacementResponse,
  SetPlacementResponseSchema,
} from '@isotherm/contracts/compute/v1/control_service';
import type { Placement, PlacementHolder } from '@isotherm/placement';
import { placementFromMessage } from '@isotherm/placement/message';
import { abortAfter, type Runtime } from '@isotherm/runtime';
import { IsothermError, type Logger } from '@isotherm/service-kit';
import type { PlacementFollower } from '../partition/follow-placement.ts';
import type { Ownership } from '../partition/ownership.ts';
import { unary } from '../rpc/unary-handler.ts';
import type { ShardStats } from '../status/shard-stats.ts';
import type { EpochFence } from './epoch-fence.ts';
import { ownershipMessage } from './ownership-message.ts';

/** What the service acts on. */
export interface ControlServiceDeps {
  readonly placement: PlacementHolder;
  readonly partitionCount: number;
  readonly fence: EpochFence;
  readonly ownership: Ownership;
  readonly placementFollower: Pick<PlacementFollower, 'asked'>;
  readonly runtime: Runtime;
  readonly logger: Logger;
  stats(): Promise<ShardStats>;
}

/** A release does not wait longer for its last checkpoint: its next owner reads a little more of the log instead. */
const LAST_CHECKPOINT_MS = 500;

/** The calls of isotherm.compute.v1.ControlService as grpc-js handlers. */
export function controlService(deps: ControlServiceDeps): UntypedServiceImplementation {
  const { runtime } = deps;
  return {
    setPlacement: unary<SetPlacementRequest, SetPlacementResponse>(runtime, async ({ table }) => {
      setPlacement(deps, table);
      return create(SetPlacementResponseSchema, { epoch: BigInt(deps.fence.highest) });
    }),
    follow: unary<FollowRequest, FollowResponse>(runtime, async (request) => follow(deps, request)),
    release: unary<ReleaseRequest, ReleaseResponse>(runtime, (request, signal) => release(deps, request, signal)),
    acquire: unary<AcquireRequest, AcquireResponse>(runtime, (request, signal) => acquire(deps, request, signal)),
    getOwnership: unary<GetOwnershipRequest, GetOwnershipResponse>(runtime, async () =>
      ownershipMessage(await deps.stats(), deps.fence.highest),
    ),
  };
}

function setPlacement({ placement, partitionCount, fence }: ControlServiceDeps, table: SetPlacementRequest['table']) {
  if (table === undefined) throw invalid('table', 'is required');
  let next: Placement;
  try {
    next = placementFromMessage(table);
  } catch (error) {
    throw invalid('table', error instanceof Error ? error.message : String(error));
  }
  if (next.partitionCount !== partitionCount) {
    throw new IsothermError({
      code: 'FAILED_PRECONDITION',
      id: 'PLACEMENT_MISMATCH',
      message: `The placement has ${next.partitionCount} partitions, the log has ${partitionCount}.`,
      advice: 'Use the partition count the log was created with.',
    });
  }
  fence.admit(next.epoch);
  placement.update(next);
}

function follow(deps: ControlServiceDeps, { epoch, partitions }: FollowRequest): FollowResponse {
  requirePartitions(deps, partitions);
  deps.fence.admit(Number(epoch));
  deps.placementFollower.asked(partitions);
  for (const partition of partitions) {
    deps.ownership.follow(partition).catch((error: unknown) => {
      deps.logger.error({ err: error, partition, advice: 'Follow it again.' }, 'Partition could not be followed');
    });
  }
  return create(FollowResponseSchema);
}

async function release(
  deps: ControlServiceDeps,
  { epoch, partitions }: ReleaseRequest,
  signal: AbortSignal,
): Promise<ReleaseResponse> {
  requirePartitions(deps, partitions);
  deps.fence.admit(Number(epoch));
  deps.placementFollower.asked(partitions);
  const limit = abortAfter(deps.runtime, LAST_CHECKPOINT_MS, signal);
  try {
    const released = await Promise.all(partitions.map((partition) => deps.ownership.release(partition, limit.signal)));
    return create(ReleaseResponseSchema, {
      released: released
        .filter((each) => each !== undefined)
        .map(({ partition, releaseOffset, checkpointOffset }) => ({
          partition,
          releaseOffset: BigInt(releaseOffset),
          checkpointOffset: BigInt(checkpointOffset),
        })),
    });
  } finally {
    limit.timer.cancel();
  }
}

async function acquire(
  deps: ControlServiceDeps,
  { epoch, partitions }: AcquireRequest,
  signal: AbortSignal,
): Promise<AcquireResponse> {
  const numbers = partitions.map(({ partition }) => partition);
  requirePartitions(deps, numbers);
  deps.fence.admit(Number(epoch));
  deps.placementFollower.asked(numbers);
  const own = async ({ partition, releaseOffset }: AcquiredPartition) => {
    try {
      await deps.ownership.acquire(partition, releaseOffset === undefined ? 'end' : Number(releaseOffset), signal);
      return { partition, owned: true };
    } catch (error) {
      const reason = signal.aborted ? 'Its log is not applied yet.' : messageOf(error);
      deps.logger.warn({ err: error, partition, advice: 'Acquire it again.' }, 'Partition could not be acquired');
      return { partition, owned: false, reason };
    }
  };
  return create(AcquireResponseSchema, { outcomes: await Promise.all(partitions.map(own)) });
}

function requirePartitions({ partitionCount }: ControlServiceDeps, partitions: readonly number[]): void {
  const index = partitions.findIndex((partition) => partition >= partitionCount);
  if (index >= 0) {
    throw invalid(`partitions[${index}]`, `is ${partitions[index]}, but the log has ${partitionCount} partitions`);
  }
}

function invalid(field: string, description: string): IsothermError {
  return new IsothermError({
    code: 'INVALID_ARGUMENT',
    id: 'INVALID_REQUEST',
    message: `${field}: ${description}`,
    violations: [{ field, description }],
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
