import { create, type DescMessage, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { handleUnaryCall, sendUnaryData, UntypedServiceImplementation } from '@grpc/grpc-js';
import {
  GetPlacementRequestSchema,
  GetPlacementResponseSchema,
  MemberRole,
  type MemberSchema,
  MovePartitionRequestSchema,
  MovePartitionResponseSchema,
  RebalanceRequestSchema,
  RebalanceResponseSchema,
  RegisterRequestSchema,
  RegisterResponseSchema,
  SetDrainingRequestSchema,
  SetDrainingResponseSchema,
} from '@isotherm/contracts/coordinator/v1/coordinator_service';
import type { Runtime } from '@isotherm/runtime';
import { toGrpcError, validated } from '@isotherm/service-kit';
import { placementTable } from '../rpc/placement-table.ts';
import type { Coordinator } from './coordinator.ts';
import type { KnownMember } from './members.ts';

/** The calls of CoordinatorService over a coordinator. */
export function coordinatorService(coordinator: Coordinator, runtime: Runtime): UntypedServiceImplementation {
  return {
    register: unary(RegisterRequestSchema, async (request) => {
      const { role, ...member } = request;
      const record = coordinator.register({ ...member, role: role === MemberRole.QUERY ? 'query' : 'compute' });
      return create(RegisterResponseSchema, record === undefined ? {} : { table: placementTable(record) });
    }),
    getPlacement: unary(GetPlacementRequestSchema, async () => placementMessage(coordinator, runtime)),
    movePartition: unary(MovePartitionRequestSchema, async ({ partition, shard }) =>
      create(MovePartitionResponseSchema, { epoch: BigInt(await coordinator.movePartition(partition, shard)) }),
    ),
    setDraining: unary(SetDrainingRequestSchema, async ({ shard, draining }) =>
      create(SetDrainingResponseSchema, { moves: await coordinator.setDraining(shard, draining) }),
    ),
    rebalance: unary(RebalanceRequestSchema, async () =>
      create(RebalanceResponseSchema, { moves: await coordinator.rebalance() }),
    ),
  };
}

function unary<Request extends DescMessage, Response>(
  schema: Request,
  handle: (request: MessageShape<Request>) => Promise<Response>,
): handleUnaryCall<MessageShape<Request>, Response> {
  return ({ request }: { readonly request: MessageShape<Request> }, callback: sendUnaryData<Response>) => {
    const answer = async () => handle(validated(schema, request));
    answer().then(
      (response) => callback(null, response),
      (error: unknown) => callback(toGrpcError(error)),
    );
  };
}

function placementMessage(coordinator: Coordinator, runtime: Runtime) {
  const { record, waiting, moves, members, reports, blockedReason } = coordinator.status();
  const nowMs = runtime.monotonicMs();
  return create(GetPlacementResponseSchema, {
    ...(record === undefined ? {} : { table: placementTable(record), targets: [...record.targets] }),
    waiting: [...waiting].map(([partition, reason]) => ({ partition, reason })),
    moves: moves.map(({ partition, from, to, pauseMs, finishedMs }) => ({
      partition,
      fromShard: from ?? '',
      toShard: to,
      pauseMs,
      endTime: timestampFromMs(finishedMs),
    })),
    members: members.map((member) => memberMessage(member)),
    blockedReason,
  });

  function memberMessage(member: KnownMember): MessageInitShape<typeof MemberSchema> {
    const held = [...(reports.get(member.name)?.partitions.values() ?? [])];
    const owned = held.filter(({ phase }) => phase === 'owning');
    return {
      role: member.role === 'query' ? MemberRole.QUERY : MemberRole.COMPUTE,
      name: member.name,
      address: member.address,
      controlAddress: member.controlAddress,
      silentMs: nowMs - member.lastSeenMs,
      draining: record?.shards.some(({ name, draining }) => name === member.name && draining) === true,
      partitionsOwned: owned.length,
      partitionsFollowed: held.filter(({ phase }) => phase === 'following' || phase === 'loading').length,
      lagSeconds: Math.max(0, ...owned.map(({ lagSeconds }) => lagSeconds)),
      observationsPerSecond: owned.reduce((sum, { observationsPerSecond }) => sum + observationsPerSecond, 0),
    };
  }
}
