import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type ChannelCredentials, Client, credentials, type MethodDefinition } from '@grpc/grpc-js';
import {
  AcquireRequestSchema,
  type AcquireResponse,
  ControlService,
  FollowRequestSchema,
  GetOwnershipRequestSchema,
  type GetOwnershipResponse,
  PartitionPhase as Phase,
  ReleaseRequestSchema,
  type ReleaseResponse,
  SetPlacementRequestSchema,
} from '@isotherm/contracts/compute/v1/control_service';
import { grpcDefinition } from '@isotherm/service-kit';
import type { ControlCallOptions, ControlCalls } from '../control-calls.ts';
import type { PartitionPhase, ShardReport } from '../shard-report.ts';
import { controlError } from './control-error.ts';
import { placementTable } from './placement-table.ts';

/** Control calls over gRPC, one connection an address. */
export interface ControlClient extends ControlCalls {
  close(): void;
}

/** Options of {@link createControlClient}. */
export interface ControlClientOptions {
  /** How shards are reached. Default plain text. */
  readonly channelCredentials?: ChannelCredentials;
}

const METHODS = grpcDefinition(ControlService) as Readonly<Record<string, MethodDefinition<object, object>>>;
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

const PHASES: Readonly<Record<Exclude<Phase, Phase.UNSPECIFIED>, PartitionPhase>> = {
  [Phase.LOADING]: 'loading',
  [Phase.FOLLOWING]: 'following',
  [Phase.OWNING]: 'owning',
  [Phase.RELEASING]: 'releasing',
};

/** Creates a client. It connects to an address when it is first called, and again by itself. */
export function createControlClient(options: ControlClientOptions = {}): ControlClient {
  const clients = new Map<string, Client>();

  function clientOf(address: string): Client {
    const client =
      clients.get(address) ??
      new Client(address, options.channelCredentials ?? credentials.createInsecure(), {
        'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
        // A shard that was started again answers at once, not after the back-off of minutes.
        'grpc.initial_reconnect_backoff_ms': 100,
        'grpc.max_reconnect_backoff_ms': 1_000,
      });
    clients.set(address, client);
    return client;
  }

  function call<Response>(
    to: { readonly name: string; readonly address: string },
    method: string,
    request: object,
    { timeoutMs, signal }: ControlCallOptions,
  ): Promise<Response> {
    const { path, requestSerialize, responseDeserialize } = METHODS[method]!;
    return new Promise<Response>((resolve, reject) => {
      const deadline = Date.now() + timeoutMs;
      const sent = clientOf(to.address).makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        { deadline },
        (error, response) => {
          signal?.removeEventListener('abort', cancel);
          if (error !== null) reject(controlError(to.name, method, error));
          else resolve(response as Response);
        },
      );
      const cancel = () => sent.cancel();
      signal?.addEventListener('abort', cancel, { once: true });
    });
  }

  const at = ({ name, controlAddress }: { readonly name: string; readonly controlAddress: string }) => ({
    name,
    address: controlAddress,
  });
  return {
    async getOwnership(shard, options) {
      return reportOf(
        await call<GetOwnershipResponse>(at(shard), 'getOwnership', create(GetOwnershipRequestSchema), options),
      );
    },
    async setPlacement(controlAddress, record, options) {
      const request = create(SetPlacementRequestSchema, { table: placementTable(record) });
      await call({ name: controlAddress, address: controlAddress }, 'setPlacement', request, options);
    },
    async follow(shard, { epoch, partitions }, options) {
      await call(
        at(shard),
        'follow',
        create(FollowRequestSchema, { epoch: BigInt(epoch), partitions: [...partitions] }),
        options,
      );
    },
    async release(shard, { epoch, partitions }, options) {
      const request = create(ReleaseRequestSchema, { epoch: BigInt(epoch), partitions: [...partitions] });
      const { released } = await call<ReleaseResponse>(at(shard), 'release', request, options);
      return new Map(released.map(({ partition, releaseOffset }) => [partition, Number(releaseOffset)]));
    },
    async acquire(shard, { epoch, partitions }, options) {
      const asked: MessageInitShape<typeof AcquireRequestSchema>['partitions'] = partitions.map(
        ({ partition, releaseOffset }) => ({
          partition,
          ...(releaseOffset === undefined ? {} : { releaseOffset: BigInt(releaseOffset) }),
        }),
      );
      const request = create(AcquireRequestSchema, { epoch: BigInt(epoch), partitions: asked });
      return (await call<AcquireResponse>(at(shard), 'acquire', request, options)).outcomes;
    },
    close() {
      for (const client of clients.values()) client.close();
      clients.clear();
    },
  };
}

function reportOf(response: GetOwnershipResponse): ShardReport {
  return {
    shard: response.shard,
    instanceId: response.instanceId,
    epoch: Number(response.epoch),
    partitions: new Map(
      response.partitions.flatMap((held) =>
        held.phase === Phase.UNSPECIFIED
          ? []
          : [
              [
                held.partition,
                {
                  ...held,
                  phase: PHASES[held.phase],
                  appliedOffset: Number(held.appliedOffset),
                  endOffset: Number(held.endOffset),
                  checkpointOffset: Number(held.checkpointOffset),
                },
              ] as const,
            ],
      ),
    ),
  };
}
