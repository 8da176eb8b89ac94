import { create, type DescMessage, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf';
import { type ChannelCredentials, Client, credentials, type MethodDefinition } from '@grpc/grpc-js';
import {
  CoordinatorService,
  GetPlacementRequestSchema,
  type GetPlacementResponse,
  MovePartitionRequestSchema,
  type MovePartitionResponse,
  RebalanceRequestSchema,
  type RebalanceResponse,
  RegisterRequestSchema,
  type RegisterResponse,
  SetDrainingRequestSchema,
  type SetDrainingResponse,
} from '@isotherm/contracts/coordinator/v1/coordinator_service';
import { grpcDefinition } from '@isotherm/service-kit';
import { controlError } from './control-error.ts';

/** Calls of a coordinator. */
export interface CoordinatorClient {
  register(request: MessageInitShape<typeof RegisterRequestSchema>): Promise<RegisterResponse>;
  getPlacement(): Promise<GetPlacementResponse>;
  movePartition(request: MessageInitShape<typeof MovePartitionRequestSchema>): Promise<MovePartitionResponse>;
  setDraining(request: MessageInitShape<typeof SetDrainingRequestSchema>): Promise<SetDrainingResponse>;
  rebalance(): Promise<RebalanceResponse>;
  close(): void;
}

/** Options of {@link createCoordinatorClient}. */
export interface CoordinatorClientOptions {
  /** Default plain text. */
  readonly channelCredentials?: ChannelCredentials;
  /** Time for a call in ms. Default 5,000. */
  readonly timeoutMs?: number;
}

const METHODS = grpcDefinition(CoordinatorService) as Readonly<Record<string, MethodDefinition<object, object>>>;

/** Creates a client of the coordinator at `address` (host:port). */
export function createCoordinatorClient(address: string, options: CoordinatorClientOptions = {}): CoordinatorClient {
  const { channelCredentials = credentials.createInsecure(), timeoutMs = 5_000 } = options;
  const client = new Client(address, channelCredentials, { 'grpc.max_reconnect_backoff_ms': 1_000 });

  function call<Request extends DescMessage, Response>(
    method: string,
    schema: Request,
    init: MessageInitShape<Request>,
  ): Promise<Response> {
    const { path, requestSerialize, responseDeserialize } = METHODS[method]!;
    const request: MessageShape<Request> = create(schema, init);
    return new Promise<Response>((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        { deadline: Date.now() + timeoutMs },
        (error, response) => {
          if (error !== null) reject(controlError(`The coordinator at ${address}`, method, error));
          else resolve(response as Response);
        },
      );
    });
  }

  return {
    register: (request) => call('register', RegisterRequestSchema, request),
    getPlacement: () => call('getPlacement', GetPlacementRequestSchema, {}),
    movePartition: (request) => call('movePartition', MovePartitionRequestSchema, request),
    setDraining: (request) => call('setDraining', SetDrainingRequestSchema, request),
    rebalance: () => call('rebalance', RebalanceRequestSchema, {}),
    close: () => client.close(),
  };
}
