import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { Client, credentials } from '@grpc/grpc-js';
import {
  ComputeService,
  GetCitiesRequestSchema,
  type GetCitiesResponse,
} from '@isotherm/contracts/compute/v1/compute_service';
import {
  AcquireRequestSchema,
  type AcquireResponse,
  ControlService,
  FollowRequestSchema,
  GetOwnershipRequestSchema,
  type GetOwnershipResponse,
  type PartitionPhase,
  ReleaseRequestSchema,
  type ReleaseResponse,
  SetPlacementRequestSchema,
  type SetPlacementResponse,
} from '@isotherm/contracts/compute/v1/control_service';
import type { Placement } from '@isotherm/placement';
import { placementToMessage } from '@isotherm/placement/message';
import { grpcDefinition } from '@isotherm/service-kit';
import type { Shard } from '../shard.ts';

/** Where a call goes, and how long it may take. Default 10 s. */
interface Target {
  readonly address: string | undefined;
  readonly deadlineMs?: number | undefined;
}

function call<Response>(
  { address, deadlineMs = 10_000 }: Target,
  service: typeof ComputeService | typeof ControlService,
  method: string,
  request: object,
): Promise<Response> {
  const { path, requestSerialize, responseDeserialize } = grpcDefinition(service)[method]!;
  const client = new Client(address!, credentials.createInsecure());
  return new Promise<Response>((resolve, reject) => {
    const options = { deadline: Date.now() + deadlineMs };
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, options, (error, response) => {
      client.close();
      if (error) reject(error);
      else resolve(response as Response);
    });
  });
}

/** Reads cities of a shard. */
export function getCities(
  shard: Shard,
  init: MessageInitShape<typeof GetCitiesRequestSchema>,
  deadlineMs?: number,
): Promise<GetCitiesResponse> {
  return call({ ...shard, deadlineMs }, ComputeService, 'getCities', create(GetCitiesRequestSchema, init));
}

/** Control calls of a shard, as whoever moves partitions makes them. */
export function controlOf(shard: Shard) {
  const target = { address: shard.controlAddress };
  const control = <Response>(method: string, request: object, deadlineMs?: number) =>
    call<Response>({ ...target, deadlineMs }, ControlService, method, request);
  const ownership = () => control<GetOwnershipResponse>('getOwnership', create(GetOwnershipRequestSchema));
  return {
    ownership,
    setPlacement: (table: Placement) =>
      control<SetPlacementResponse>(
        'setPlacement',
        create(SetPlacementRequestSchema, { table: placementToMessage(table) }),
      ),
    follow: (epoch: number, partitions: number[]) =>
      control('follow', create(FollowRequestSchema, { epoch: BigInt(epoch), partitions })),
    release: (epoch: number, partitions: number[], deadlineMs?: number) =>
      control<ReleaseResponse>(
        'release',
        create(ReleaseRequestSchema, { epoch: BigInt(epoch), partitions }),
        deadlineMs,
      ),
    acquire: (
      epoch: number,
      partitions: readonly { partition: number; releaseOffset?: bigint }[],
      deadlineMs?: number,
    ) =>
      control<AcquireResponse>(
        'acquire',
        create(AcquireRequestSchema, { epoch: BigInt(epoch), partitions: [...partitions] }),
        deadlineMs,
      ),
    /** Phase of a partition; undefined where the shard does not hold it. */
    async phaseOf(partition: number): Promise<PartitionPhase | undefined> {
      return (await ownership()).partitions.find((held) => held.partition === partition)?.phase;
    },
  };
}
