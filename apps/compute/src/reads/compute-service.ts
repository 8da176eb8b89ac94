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
import type { LogAdmin } from '@isotherm/log';
import { partitionOf } from '@isotherm/placement';
import { abortAfter, type Runtime, systemRuntime } from '@isotherm/runtime';
import { IsothermError, toGrpcError } from '@isotherm/service-kit';
import type { OffsetWaiters } from '../partition/offset-waiters.ts';
import type { PartitionTable } from '../partition/partition-table.ts';
import { traceRead } from '../partition/span-links.ts';
import type { LagMeter } from '../status/partition-lag.ts';
import { cityStateMessage } from './city-state-message.ts';
import { type ElsewhereDeps, elsewhere, notHere } from './elsewhere.ts';
import type { LiveHub } from './live-hub.ts';
import { waitForPrefix } from './read-barrier.ts';
import { storeRows } from './store-rows.ts';

/** What the service reads. */
export interface ComputeServiceDeps extends ElsewhereDeps {
  readonly log: Pick<LogAdmin, 'incarnation' | 'partitionCount' | 'extents'>;
  readonly table: PartitionTable;
  readonly waiters: OffsetWaiters;
  /** Waits for what is stored record by record. */
  readonly recordWaiters: OffsetWaiters;
  readonly lag: LagMeter;
  readonly hub: LiveHub;
  readonly runtime: Runtime;
  status(): Promise<GetShardStatusResponse>;
  /** Writes rows, open panes included. */
  flushRows(): Promise<number>;
}

/** Longest a call waits when its caller sets no deadline. */
const DEFAULT_DEADLINE_MS = 10_000;

/** The calls of isotherm.compute.v1.ComputeService as grpc-js handlers. */
export function computeService(deps: ComputeServiceDeps): UntypedServiceImplementation {
  const { runtime } = deps;
  return {
    getCities: unary<GetCitiesRequest, GetCitiesResponse>(runtime, (request, signal, metadata) => {
      const partitions = new Set(partitionsOfCities(deps, request.cityIds));
      const linked = [...partitions].flatMap((partition) => deps.table.get(partition)?.spanLinks ?? []);
      return traceRead(metadata, linked, () => getCities(deps, request, signal));
    }),
    getShardStatus: unary<GetShardStatusRequest, GetShardStatusResponse>(runtime, () => deps.status()),
    storeRows: unary<StoreRowsRequest, StoreRowsResponse>(runtime, (request, signal) =>
      storeRowsOf(deps, request, signal),
    ),
    watch: (call: ServerWritableStream<WatchRequest, WatchResponse>) => watch(deps, call),
  };
}

async function getCities(
  deps: ComputeServiceDeps,
  request: GetCitiesRequest,
  signal: AbortSignal,
): Promise<GetCitiesResponse> {
  const { table, log } = deps;
  const partitions = partitionsOfCities(deps, request.cityIds);
  const concerned = [...new Set(partitions)];
  const { consistency, readToken } = request;
  const copiesAnswer = consistency === Consistency.EVENTUAL && readToken === undefined;
  const answering = (partition: number) => {
    const held = table.get(partition);
    return held?.phase === 'owning' || (copiesAnswer && held?.phase === 'following') ? held : undefined;
  };
  const moved = concerned.filter((partition) => answering(partition) === undefined).map((p) => elsewhere(deps, p));
  if (moved.length > 0 && concerned.length === 1) throw notHere(deps, moved[0]!);
  const owned = new Set(concerned.filter((partition) => table.owned(partition) !== undefined));
  try {
    await waitForPrefix(deps, { token: readToken, consistency, partitions: owned }, signal);
  } catch (error) {
    if (!(error instanceof IsothermError) || error.id !== 'PARTITION_LEFT') throw error;
    // One of them has moved meanwhile: now it says so.
    return await getCities(deps, request, signal);
  }
  const copies = concerned.filter((partition) => !owned.has(partition) && answering(partition) !== undefined);
  const extents = copies.length === 0 ? new Map() : await log.extents(copies);
  const staleness = new Map<number, number>();
  for (const partition of copies) {
    const held = answering(partition);
    if (held !== undefined) staleness.set(partition, await deps.lag.lagSeconds(held, extents.get(partition)?.end ?? 0));
  }
  const states: CityState[] = [];
  const unknownCityIds: string[] = [];
  const left = new Map(moved.map((each) => [each.partition, each]));
  request.cityIds.forEach((cityId, index) => {
    const partition = partitions[index]!;
    const held = answering(partition);
    if (held === undefined) {
      left.set(partition, elsewhere(deps, partition));
      return;
    }
    const slot = held.state.slotOf(cityId);
    if (slot === undefined) unknownCityIds.push(cityId);
    else {
      const parts = {
        rolling: request.includeRolling,
        forecast: request.includeForecast,
        stalenessSeconds: staleness.get(partition),
      };
      states.push(cityStateMessage(held, slot, parts));
    }
  });
  return create(GetCitiesResponseSchema, { states, unknownCityIds, moved: [...left.values()] });
}

async function storeRowsOf(
  deps: ComputeServiceDeps,
  { readToken, kind }: StoreRowsRequest,
  signal: AbortSignal,
): Promise<StoreRowsResponse> {
  if (readToken !== undefined) await storeRows(deps, { token: readToken, kind }, signal);
  return create(StoreRowsResponseSchema);
}

function partitionsOfCities({ log }: ComputeServiceDeps, cityIds: readonly string[]): readonly number[] {
  return cityIds.map((cityId) => partitionOf(cityId, log.partitionCount));
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
    const limit = abortAfter(runtime, remainingMs(call.getDeadline()), cancelled.signal);
    handle(call.request, limit.signal, call.metadata)
      .finally(() => limit.timer.cancel())
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(toGrpcError(error)),
      );
  };
}

/** Time left, short of a margin so that our own error arrives before the caller gives up. */
function remainingMs(deadline: Date | number): number {
  // gRPC makes a deadline of the time left by the system's clock.
  const left = Number(deadline) - systemRuntime.now();
  return Number.isFinite(left) ? Math.max(0, Math.floor(left - Math.min(200, left / 10))) : DEFAULT_DEADLINE_MS;
}
