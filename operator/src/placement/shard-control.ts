import { create, type Message } from '@bufbuild/protobuf';
import { type ChannelCredentials, Client, credentials, type MethodDefinition, type ServiceError } from '@grpc/grpc-js';
import {
  AcquireRequestSchema,
  type AcquireResponse,
  ControlService,
  FollowRequestSchema,
  GetOwnershipRequestSchema,
  type GetOwnershipResponse,
  type PlacementTable,
  ReleaseRequestSchema,
  type ReleaseResponse,
  SetPlacementRequestSchema,
} from '@isotherm/contracts/compute/v1/control_service';
import { grpcDefinition } from '@isotherm/service-kit';

/** The control calls of one process. */
export interface ShardControl {
  getOwnership(): Promise<GetOwnershipResponse>;
  setPlacement(table: PlacementTable): Promise<void>;
  follow(epoch: number, partitions: readonly number[]): Promise<void>;
  /** @returns release offsets of the partitions that the shard had. */
  release(epoch: number, partitions: readonly number[]): Promise<ReadonlyMap<number, bigint>>;
  /** @returns why partitions are not owned; empty where all are. */
  acquire(epoch: number, partitions: readonly AcquiredPartition[]): Promise<ReadonlyMap<number, string>>;
}

/** A partition to take over, from its release offset on; without one: from the end of the log. */
export interface AcquiredPartition {
  readonly partition: number;
  readonly releaseOffset: bigint | undefined;
}

/** Calls of many processes over kept connections. */
export interface ShardControls {
  /** @param address host:port @param serverName name in the certificate, where connections are encrypted. */
  at(address: string, serverName: string): ShardControl;
  close(): void;
}

/** Options of {@link createShardControls}. */
export interface ShardControlsOptions {
  /** Authority of the services' certificates; undefined: plain text. */
  readonly authority?: Buffer;
  /** Longest time for an answer about ownership. Default 2,000. */
  readonly askTimeoutMs?: number;
  /** Longest time for a step of a hand-off. Default 30,000. */
  readonly stepTimeoutMs?: number;
}

const METHODS = grpcDefinition(ControlService) as Readonly<Record<string, MethodDefinition<Message, Message>>>;
/** Connections that are kept; the oldest are closed first. */
const MAX_CONNECTIONS = 512;

/** Creates the client side of ControlService. */
export function createShardControls(options: ShardControlsOptions = {}): ShardControls {
  const { authority, askTimeoutMs = 2_000, stepTimeoutMs = 30_000 } = options;
  const channel: ChannelCredentials =
    authority === undefined ? credentials.createInsecure() : credentials.createSsl(authority);
  const clients = new Map<string, Client>();

  function clientAt(address: string, serverName: string): Client {
    const key = `${address} ${serverName}`;
    const known = clients.get(key);
    if (known !== undefined) return known;
    const made = new Client(address, channel, {
      'grpc.initial_reconnect_backoff_ms': 200,
      'grpc.max_reconnect_backoff_ms': 2_000,
      ...(authority === undefined ? {} : { 'grpc.ssl_target_name_override': serverName }),
    });
    clients.set(key, made);
    if (clients.size > MAX_CONNECTIONS) {
      const [oldest, client] = clients.entries().next().value!;
      client.close();
      clients.delete(oldest);
    }
    return made;
  }

  return {
    at(address, serverName) {
      const call = <Answer extends Message>(name: string, request: Message, timeoutMs: number): Promise<Answer> => {
        const { path, requestSerialize, responseDeserialize } = METHODS[name]!;
        const deadline = new Date(Date.now() + timeoutMs);
        const { promise, resolve, reject } = Promise.withResolvers<Answer>();
        const answer = (error: ServiceError | null, value?: Message) =>
          error === null ? resolve(value as Answer) : reject(error);
        clientAt(address, serverName).makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          { deadline },
          answer,
        );
        return promise;
      };
      return {
        getOwnership: () => call('getOwnership', create(GetOwnershipRequestSchema), askTimeoutMs),
        async setPlacement(table) {
          await call('setPlacement', create(SetPlacementRequestSchema, { table }), askTimeoutMs);
        },
        async follow(epoch, partitions) {
          await call(
            'follow',
            create(FollowRequestSchema, { epoch: BigInt(epoch), partitions: [...partitions] }),
            stepTimeoutMs,
          );
        },
        async release(epoch, partitions) {
          const request = create(ReleaseRequestSchema, { epoch: BigInt(epoch), partitions: [...partitions] });
          const { released } = await call<ReleaseResponse>('release', request, stepTimeoutMs);
          return new Map(released.map(({ partition, releaseOffset }) => [partition, releaseOffset]));
        },
        async acquire(epoch, partitions) {
          const wanted = partitions.map(({ partition, releaseOffset }) =>
            releaseOffset === undefined ? { partition } : { partition, releaseOffset },
          );
          const request = create(AcquireRequestSchema, { epoch: BigInt(epoch), partitions: wanted });
          const { outcomes } = await call<AcquireResponse>('acquire', request, stepTimeoutMs);
          return new Map(outcomes.filter(({ owned }) => !owned).map(({ partition, reason }) => [partition, reason]));
        },
      };
    },
    close() {
      for (const client of clients.values()) client.close();
      clients.clear();
    },
  };
}
