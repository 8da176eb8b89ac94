import type { MessageInitShape } from '@bufbuild/protobuf';
import type { CityState, GetCitiesRequestSchema } from '@isotherm/contracts/compute/v1/compute_service';
import { Consistency } from '@isotherm/contracts/type/v1/consistency';
import type { Placement } from '@isotherm/placement';
import { IsothermError } from '@isotherm/service-kit';
import type { Call } from '../call.ts';
import type { ShardClient } from './shard-client.ts';
import { createStateBatcher, type StateBatcher } from './state-batcher.ts';

/** What is asked of every city of a read. */
export type StateQuery = Omit<MessageInitShape<typeof GetCitiesRequestSchema>, 'cityIds' | '$typeName'>;

/** States by city id; a city in neither map has no observations. */
export interface States {
  readonly found: ReadonlyMap<string, CityState>;
  /** Cities whose shard did not answer, with why. */
  readonly failed: ReadonlyMap<string, IsothermError>;
}

/** Asks the shards that own cities, one call a shard. */
export interface ShardRouter {
  readonly shards: readonly ShardClient[];
  /** The shard that owns a city; undefined while the placement names one that is not known. */
  ownerOf(cityId: string): ShardClient | undefined;
  /** The shard that owns a partition. */
  ownerOfPartition(partition: number): ShardClient | undefined;
  getStates(cityIds: readonly string[], query: StateQuery, call: Call): Promise<States>;
}

/** Creates a router over a placement. */
export function createShardRouter(
  deps: {
    readonly shards: readonly ShardClient[];
    readonly partitionOf: (cityId: string) => number;
  },
  options: { readonly placement: Placement },
): ShardRouter {
  const byName = new Map(deps.shards.map((shard) => [shard.name, shard]));
  const { placement } = options;

  const batchers = new Map<string, StateBatcher>();

  /** States of a shard's cities. Reads that wait for nothing share calls. */
  async function statesOf(
    shard: ShardClient,
    cityIds: readonly string[],
    query: StateQuery,
    call: Call,
  ): Promise<ReadonlyMap<string, CityState>> {
    const { includeRolling = false, includeForecast = false } = query;
    if (query.readToken !== undefined || query.consistency === Consistency.STRONG) {
      const { states } = await shard.getCities({ ...query, cityIds: [...cityIds] }, call);
      return new Map(states.map((state) => [state.cityId, state]));
    }
    const key = `${shard.name} ${includeRolling} ${includeForecast}`;
    let batcher = batchers.get(key);
    if (batcher === undefined) {
      batcher = createStateBatcher(shard, { includeRolling, includeForecast });
      batchers.set(key, batcher);
    }
    return await batcher.get(cityIds, call);
  }

  const ownerOfPartition = (partition: number) => byName.get(placement.shards[placement.owners[partition] ?? -1] ?? '');
  const ownerOf = (cityId: string) => ownerOfPartition(deps.partitionOf(cityId));

  return {
    shards: deps.shards,
    ownerOf,
    ownerOfPartition,
    async getStates(cityIds, query, call) {
      const found = new Map<string, CityState>();
      const failed = new Map<string, IsothermError>();
      const batches = new Map<ShardClient, Set<string>>();
      for (const cityId of cityIds) {
        const owner = ownerOf(cityId);
        if (owner === undefined) {
          failed.set(cityId, ownerless(cityId));
        } else {
          const batch = batches.get(owner) ?? new Set();
          batch.add(cityId);
          batches.set(owner, batch);
        }
      }
      await Promise.all(
        [...batches].map(async ([shard, ids]) => {
          try {
            const states = await statesOf(shard, [...ids], query, call);
            for (const cityId of ids) {
              const state = states.get(cityId);
              if (state !== undefined) found.set(cityId, state);
            }
          } catch (error) {
            if (!(error instanceof IsothermError)) throw error;
            for (const cityId of ids) failed.set(cityId, error);
          }
        }),
      );
      return { found, failed };
    },
  };
}

function ownerless(cityId: string): IsothermError {
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: 'CITY_WITHOUT_OWNER',
    message: `No compute shard owns the partition of ${JSON.stringify(cityId)} at the moment.`,
    advice: 'Ask again shortly.',
    retryAfterMs: 1000,
  });
}
