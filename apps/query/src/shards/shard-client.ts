import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { Client, Metadata, type MethodDefinition, status } from '@grpc/grpc-js';
import {
  type GetCitiesRequestSchema as CitiesRequest,
  ComputeService,
  GetCitiesRequestSchema,
  type GetCitiesResponse,
  GetShardStatusRequestSchema,
  type GetShardStatusResponse,
  StoreRowsRequestSchema,
  WatchRequestSchema,
  type WatchResponse,
} from '@isotherm/contracts/compute/v1/compute_service';
import { grpcDefinition, type ServiceTls, serviceChannelCredentials } from '@isotherm/service-kit';
import { context, propagation } from '@opentelemetry/api';
import type { CallTiming } from '../call.ts';
import { shardError } from './shard-error.ts';

/** A compute shard, asked over gRPC. Failures are IsothermErrors that name the shard. */
export interface ShardClient {
  readonly name: string;
  getCities(request: MessageInitShape<typeof CitiesRequest>, call: CallTiming): Promise<GetCitiesResponse>;
  getStatus(call: CallTiming): Promise<GetShardStatusResponse>;
  /** Resolves once every row that depends on the token's prefix is in the analytical store. */
  storeRows(request: MessageInitShape<typeof StoreRowsRequestSchema>, call: CallTiming): Promise<void>;
  /** Streams current values until the signal fires, which ends the stream without an error. */
  watch(request: MessageInitShape<typeof WatchRequestSchema>, signal: AbortSignal): AsyncIterable<WatchResponse>;
  /** It answers at another address from now on; undefined: nowhere, and calls fail at once with SHARD_UNAVAILABLE. */
  moveTo(address: string | undefined): void;
  /** Resolves when it has moved somewhere, or when the signal fires. */
  moved(signal: AbortSignal): Promise<void>;
  close(): void;
}

const METHODS = grpcDefinition(ComputeService) as Readonly<Record<string, MethodDefinition<object, object>>>;
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

/**
 * Opens a client of the shard at `address` (host:port; undefined: nowhere yet). It connects when first used, and again
 * by itself.
 */
export function createShardClient(
  name: string,
  address: string | undefined,
  { tls }: { readonly tls?: ServiceTls | undefined } = {},
): ShardClient {
  let at = address;
  let client = address === undefined ? undefined : connect(address, tls);
  const waiting = new Set<() => void>();

  function unary<Response>(method: string, request: object, call: CallTiming): Promise<Response> {
    const { path, requestSerialize, responseDeserialize } = METHODS[method]!;
    return new Promise<Response>((resolve, reject) => {
      if (call.signal.aborted) return reject(call.signal.reason);
      if (client === undefined) return reject(nowhere(name));
      const sent = client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        traceMetadata(),
        { deadline: call.deadlineMs },
        (error, response) => {
          call.signal.removeEventListener('abort', cancel);
          if (error !== null) reject(shardError(name, error));
          else resolve(response as Response);
        },
      );
      const cancel = () => sent.cancel();
      call.signal.addEventListener('abort', cancel, { once: true });
    });
  }

  return {
    name,
    getCities: (request, call) => unary('getCities', create(GetCitiesRequestSchema, request), call),
    getStatus: (call) => unary('getShardStatus', create(GetShardStatusRequestSchema), call),
    storeRows: (request, call) => unary('storeRows', create(StoreRowsRequestSchema, request), call),
    async *watch(request, signal) {
      const { path, requestSerialize, responseDeserialize } = METHODS['watch']!;
      if (client === undefined) throw nowhere(name);
      const stream = client.makeServerStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        create(WatchRequestSchema, request),
        traceMetadata(),
      );
      const cancel = () => stream.cancel();
      signal.addEventListener('abort', cancel, { once: true });
      try {
        for await (const message of stream) yield message as WatchResponse;
      } catch (error) {
        if (!signal.aborted) throw shardError(name, error);
      } finally {
        signal.removeEventListener('abort', cancel);
        stream.cancel();
      }
    },
    moveTo(address) {
      if (address === at) return;
      at = address;
      client?.close();
      client = address === undefined ? undefined : connect(address, tls);
      if (client === undefined) return;
      const woken = [...waiting];
      waiting.clear();
      for (const resume of woken) resume();
    },
    moved(signal) {
      return new Promise((resolve) => {
        const done = () => {
          waiting.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        if (signal.aborted) return resolve();
        waiting.add(done);
        signal.addEventListener('abort', done, { once: true });
      });
    },
    close: () => client?.close(),
  };
}

function connect(address: string, tls: ServiceTls | undefined): Client {
  return new Client(address, serviceChannelCredentials(tls), {
    'grpc.max_receive_message_length': MAX_RESPONSE_BYTES,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2000,
  });
}

function nowhere(name: string) {
  return shardError(name, Object.assign(new Error('It has no address.'), { code: status.UNAVAILABLE }));
}

/** The caller's trace goes on in the shard. */
function traceMetadata(): Metadata {
  const metadata = new Metadata();
  propagation.inject(context.active(), metadata, { set: (carrier, key, value) => carrier.set(key, value) });
  return metadata;
}
