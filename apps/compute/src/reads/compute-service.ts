import { create } from '@bufbuild/protobuf';
import type { ServerWritableStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import {
  type GetCitiesRequest,
  type GetCitiesResponse,
  type GetShardStatusRequest,
  type GetShardStatusResponse,
  type StoreRowsRequest,
  type StoreRowsResponse,
  StoreRowsResponseSchema,
  type WatchRequest,
  type WatchResponse,
  WatchResponseSchema,
} from '@isotherm/contracts/compute/v1/compute_service';
import type { Runtime } from '@isotherm/runtime';
import { traceRead } from '../partition/span-links.ts';
import { unary } from '../rpc/unary-handler.ts';
import { type GetCitiesDeps, getCities, partitionsOfCities } from './get-cities.ts';
import type { LiveHub } from './live-hub.ts';
import { type StoreRowsDeps, storeRows } from './store-rows.ts';

/** What the service reads. */
export interface ComputeServiceDeps extends GetCitiesDeps, Omit<StoreRowsDeps, keyof GetCitiesDeps> {
  readonly hub: LiveHub;
  readonly runtime: Runtime;
  status(): Promise<GetShardStatusResponse>;
}

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
    storeRows: unary<StoreRowsRequest, StoreRowsResponse>(runtime, async ({ readToken, kind }, signal) => {
      if (readToken !== undefined) await storeRows(deps, { token: readToken, kind }, signal);
      return create(StoreRowsResponseSchema);
    }),
    watch: (call: ServerWritableStream<WatchRequest, WatchResponse>) => watch(deps, call),
  };
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
