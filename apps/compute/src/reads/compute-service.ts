import { create } from '@bufbuild/protobuf';
import type {
  Metadata,
  ServerUnaryCall,
  ServerWritableStream,
  sendUnaryData,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import {
  type CityState,
  type GetCitiesRequest,
  type GetCitiesResponse,
  GetCitiesResponseSchema,
  type GetShardStatusRequest,
  type GetShardStatusResponse,
  type StoreRowsRequest,
  type StoreRowsResponse,
  StoreRowsResponseSchema,
  type WatchRequest,
  type WatchResponse,
  WatchResponseSchema,
} from '@isotherm/contracts/compute/v1/compute_service';
import { Consistency } from '@isotherm/contracts/type/v1/consistency';
import type { Log } from '@isotherm/log';
import { endpointOf, type PlacementSource, partitionOf } from '@isotherm/placement';
import { abortAfter, type Runtime } from '@isotherm/runtime';
import { IsothermError, toGrpcError } from '@isotherm/service-kit';
import type { OffsetWaiters } from '../partition/offset-waiters.ts';
import type { PartitionRuntime } from '../partition/partition-runtime.ts';
import { traceRead } from '../partition/trace-trail.ts';
import { cityStateMessage } from './city-state-message.ts';
import type { LiveHub } from './live-hub.ts';
import { passReadGate } from './read-gate.ts';

/** What the service reads. */
export interface ComputeServiceDeps {
  readonly log: Log;
  readonly placement: PlacementSource;
  readonly runtimes: ReadonlyMap<number, PartitionRuntime>;
  readonly waiters: OffsetWaiters;
  readonly hub: LiveHub;
  readonly runtime: Runtime;
  status(): Promise<GetShardStatusResponse>;
  /** Writes rows, open panes included. */
  flushRows(): Promise<number>;
}

/** Pause before rows that another write holds are asked for again. */
const FLUSH_RETRY_MS = 5;

/** Longest a call waits when its caller sets no deadline. */
const DEFAULT_DEADLINE_MS = 10_000;

/** The calls of isotherm.compute.v1.ComputeService as grpc-js handlers. */
export function computeService(deps: ComputeServiceDeps): UntypedServiceImplementation {
  const { runtime } = deps;
  return {
    getCities: unary<GetCitiesRequest, GetCitiesResponse>(runtime, (request, signal, metadata) => {
      const partitions = new Set(partitionsOfCities(deps, request.cityIds));
      const trails = [...partitions].flatMap((partition) => deps.runtimes.get(partition)?.trail ?? []);
      return traceRead(metadata, trails, () => getCities(deps, request, signal));
    }),
    getShardStatus: unary<GetShardStatusRequest, GetShardStatusResponse>(runtime, () => deps.status()),
    storeRows: unary<StoreRowsRequest, StoreRowsResponse>(runtime, (request, signal) =>
      storeRows(deps, request, signal),
    ),
    watch: (call: ServerWritableStream<WatchRequest, WatchResponse>) => watch(deps, call),
  };
}

async function getCities(
  deps: ComputeServiceDeps,
  request: GetCitiesRequest,
  signal: AbortSignal,
): Promise<GetCitiesResponse> {
  const partitions = partitionsOfCities(deps, request.cityIds);
  const concerned = new Set(partitions);
  const here = new Set([...concerned].filter((partition) => deps.runtimes.has(partition)));
  const moved = [...concerned.difference(here)].map((partition) => movedPartition(deps, partition));
  if (moved.length > 0 && concerned.size === 1) throw wrongShard(moved[0]!);
  await passReadGate(deps, { token: request.readToken, consistency: request.consistency, partitions: here }, signal);
  const states: CityState[] = [];
  const unknownCityIds: string[] = [];
  request.cityIds.forEach((cityId, index) => {
    const partition = partitions[index]!;
    if (!here.has(partition)) return;
    const runtime = deps.runtimes.get(partition);
    const slot = runtime?.state.slotOf(cityId);
    if (runtime === undefined || slot === undefined) unknownCityIds.push(cityId);
    else
      states.push(
        cityStateMessage(runtime, slot, { rolling: request.includeRolling, forecast: request.includeForecast }),
      );
  });
  return create(GetCitiesResponseSchema, { states, unknownCityIds, moved });
}

async function storeRows(
  deps: ComputeServiceDeps,
  request: StoreRowsRequest,
  signal: AbortSignal,
): Promise<StoreRowsResponse> {
  const { runtimes } = deps;
  const token = request.readToken;
  const partitions = new Set(token?.partitions.filter((partition) => runtimes.has(partition)));
  await passReadGate(deps, { token, consistency: Consistency.EVENTUAL, partitions }, signal);
  const behind = () =>
    token?.partitions.some((partition, index) => {
      const runtime = runtimes.get(partition);
      return runtime !== undefined && runtime.state.storedOffset <= Number(token.offsets[index] ?? 0n);
    });
  while (behind()) {
    signal.throwIfAborted();
    // Nothing to hand out while a background write holds the rows: its turn must come, and the deadline's.
    if ((await deps.flushRows()) === 0) await deps.runtime.sleep(FLUSH_RETRY_MS, signal);
  }
  return create(StoreRowsResponseSchema);
}

function partitionsOfCities({ placement }: ComputeServiceDeps, cityIds: readonly string[]): readonly number[] {
  const { partitionCount } = placement.current();
  return cityIds.map((cityId) => partitionOf(cityId, partitionCount));
}

/** Who owns a partition that this shard does not, as far as it knows. */
function movedPartition({ placement }: ComputeServiceDeps, partition: number) {
  const table = placement.current();
  const owner = table.shards[table.owners[partition] ?? -1] ?? '';
  return { partition, owner, address: endpointOf(table, owner)?.address ?? '', epoch: BigInt(table.epoch) };
}

function wrongShard({ partition, owner, address, epoch }: ReturnType<typeof movedPartition>): IsothermError {
  return new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'WRONG_SHARD',
    message: `Partition ${partition} belongs to shard ${owner === '' ? 'nobody' : owner}.`,
    advice: 'Refresh the placement and ask its owner.',
    metadata: { partition: String(partition), owner, address, epoch: String(epoch) },
  });
}

function watch({ hub }: ComputeServiceDeps, call: ServerWritableStream<WatchRequest, WatchResponse>): void {
  const { cityIds, minIntervalMs } = call.request;
  const subscription = hub.subscribe({
    cityIds: cityIds.length === 0 ? undefined : new Set(cityIds),
    minIntervalMs: minIntervalMs === 0 ? 100 : minIntervalMs,
    send: (live) => call.write(create(WatchResponseSchema, { live })),
  });
  call.on('drain', () => subscription.resume());
  call.on('cancelled', () => subscription.end());
  call.on('close', () => subscription.end());
  call.on('error', () => subscription.end());
}

/** A handler over promises: the caller's deadline and cancellation arrive as a signal, what it throws as a rich error. */
function unary<Request, Response>(
  runtime: Runtime,
  handle: (request: Request, signal: AbortSignal, metadata: Metadata) => Promise<Response>,
) {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void => {
    const cancelled = new AbortController();
    call.on('cancelled', () => cancelled.abort(new Error('The caller went away')));
    const limit = abortAfter(runtime, remainingMs(call.getDeadline(), runtime.now()), cancelled.signal);
    handle(call.request, limit.signal, call.metadata)
      .finally(() => limit.timer.cancel())
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(toGrpcError(error)),
      );
  };
}

/** Time left, short of a margin so that our own error arrives before the caller gives up. */
function remainingMs(deadline: Date | number, nowMs: number): number {
  const left = Number(deadline) - nowMs;
  return Number.isFinite(left) ? Math.max(0, Math.floor(left - Math.min(200, left / 10))) : DEFAULT_DEADLINE_MS;
}
