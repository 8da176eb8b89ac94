import { create } from '@bufbuild/protobuf';
import {
  type CityState,
  type GetCitiesRequest,
  type GetCitiesResponse,
  GetCitiesResponseSchema,
} from '@isotherm/contracts/compute/v1/compute_service';
import { Consistency } from '@isotherm/contracts/type/v1/consistency';
import type { LogAdmin } from '@isotherm/log';
import { partitionOf } from '@isotherm/placement';
import { IsothermError } from '@isotherm/service-kit';
import type { OffsetWaiters } from '../partition/offset-waiters.ts';
import type { PartitionTable } from '../partition/partition-table.ts';
import type { LagMeter } from '../status/partition-lag.ts';
import { cityStateMessage } from './city-state-message.ts';
import { type ElsewhereDeps, elsewhere, notHere } from './elsewhere.ts';
import { waitForPrefix } from './read-barrier.ts';

/** What a read of cities looks at. */
export interface GetCitiesDeps extends ElsewhereDeps {
  readonly log: Pick<LogAdmin, 'incarnation' | 'partitionCount' | 'extents'>;
  readonly table: PartitionTable;
  readonly waiters: OffsetWaiters;
  readonly lag: LagMeter;
}

/** States of cities, by their owner or, where the caller asks for EVENTUAL and brings no token, by a follower. */
export async function getCities(
  deps: GetCitiesDeps,
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

/** Partition of each city, in their order. */
export function partitionsOfCities({ log }: Pick<GetCitiesDeps, 'log'>, cityIds: readonly string[]): readonly number[] {
  return cityIds.map((cityId) => partitionOf(cityId, log.partitionCount));
}
