import { create } from '@bufbuild/protobuf';
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import {
  type AcquireRequest,
  type AcquireResponse,
  AcquireResponseSchema,
  type FollowRequest,
  type FollowResponse,
  FollowResponseSchema,
  type GetOwnershipRequest,
  type GetOwnershipResponse,
  type PlacementTable,
  type ReleaseRequest,
  type ReleaseResponse,
  ReleaseResponseSchema,
  type SetPlacementRequest,
  type SetPlacementResponse,
  SetPlacementResponseSchema,
} from '@isotherm/contracts/compute/v1/control_service';
import type { Placement } from '@isotherm/placement';
import { placementFromMessage } from '@isotherm/placement/message';
import type { Runtime } from '@isotherm/runtime';
import { unary } from '../rpc/unary-handler.ts';
import type { ShardStats } from '../status/shard-stats.ts';
import { invalidRequest } from './invalid-request.ts';
import { ownershipMessage } from './ownership-message.ts';
import type { ShardControl } from './shard-control.ts';

/** What the service acts on. */
export interface ControlServiceDeps {
  readonly control: ShardControl;
  readonly runtime: Runtime;
  stats(): Promise<ShardStats>;
}

/** The calls of isotherm.compute.v1.ControlService as grpc-js handlers. */
export function controlService({ control, runtime, stats }: ControlServiceDeps): UntypedServiceImplementation {
  return {
    setPlacement: unary<SetPlacementRequest, SetPlacementResponse>(runtime, async ({ table }) => {
      control.setPlacement(placementOf(table));
      return create(SetPlacementResponseSchema, { epoch: BigInt(control.epoch) });
    }),
    follow: unary<FollowRequest, FollowResponse>(runtime, async ({ epoch, partitions }) => {
      control.follow(Number(epoch), partitions);
      return create(FollowResponseSchema);
    }),
    release: unary<ReleaseRequest, ReleaseResponse>(runtime, async ({ epoch, partitions }, signal) => {
      const released = await control.release(Number(epoch), partitions, signal);
      return create(ReleaseResponseSchema, {
        released: released.map(({ partition, releaseOffset, checkpointOffset }) => ({
          partition,
          releaseOffset: BigInt(releaseOffset),
          checkpointOffset: BigInt(checkpointOffset),
        })),
      });
    }),
    acquire: unary<AcquireRequest, AcquireResponse>(runtime, async ({ epoch, partitions }, signal) => {
      const wanted = partitions.map(({ partition, releaseOffset }) => ({
        partition,
        releaseOffset: releaseOffset === undefined ? undefined : Number(releaseOffset),
      }));
      const outcomes = await control.acquire(Number(epoch), wanted, signal);
      return create(AcquireResponseSchema, { outcomes: [...outcomes] });
    }),
    getOwnership: unary<GetOwnershipRequest, GetOwnershipResponse>(runtime, async () =>
      ownershipMessage(await stats(), control.epoch),
    ),
  };
}

function placementOf(table: PlacementTable | undefined): Placement {
  if (table === undefined) throw invalidRequest('table', 'is required');
  try {
    return placementFromMessage(table);
  } catch (error) {
    throw invalidRequest('table', error instanceof Error ? error.message : String(error));
  }
}
