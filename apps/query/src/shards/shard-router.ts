import type { MessageInitShape } from '@bufbuild/protobuf';
import type { CityState, GetCitiesRequestSchema } from '@isotherm/contracts/compute/v1/compute_service';
import { Consistency } from '@isotherm/contracts/type/v1/consistency';
import type { PlacementSource } from '@isotherm/placement';
import { IsothermError } from '@isotherm/service-kit';
import type { CallTiming } from '../call.ts';
import { createPartitionOwners, movedOf } from './partition-owners.ts';
import type { ShardClient } from './shard-client.ts';
import type { ShardClients } from './shard-clients.ts';
import { createStateBatcher, type ShardStates, type StateBatcher, shardStates } from './state-batcher.ts';

/** What is asked of every city of a read. */
export type StateQuery = Omit<MessageInitShape<typeof GetCitiesRequestSchema>, 'cityIds' | '$typeName'>;

/** States by city id; a city in neither map has no observations. */
export interface States {
  readonly found: ReadonlyMap<string, CityState>;
  /** Cities whose shard did not answer, with why. */
  readonly failed: ReadonlyMap<string, IsothermError>;
}

/** A call to a shard about partitions that it owns, as far as is known. */
export type AskOwner = (shard: ShardClient, partitions: readonly number[]) => Promise<void>;

/** Asks the shards that own cities, one call a shard, and follows partitions that have moved. */
export interface ShardRouter {
  /** Shards of the current placement. */
  readonly shards: readonly ShardClient[];
  /** The shard that owns a city; undefined while the placement names one that is not known. */
  ownerOf(cityId: string): ShardClient | undefined;
  /** The shard that owns a partition. */
  ownerOfPartition(partition: number): ShardClient | undefined;
  getStates(cityIds: readonly string[], query: StateQuery, call: CallTiming): Promise<States>;
  /**
   * Asks the owners of partitions, one call a shard, and follows partitions that have moved.
   * @throws the first error of a shard, PARTITION_WITHOUT_OWNER where a partition has none for too long.
   */
  eachOwner(partitions: readonly number[], call: CallTiming, ask: AskOwner): Promise<void>;
  /** Calls the listener after shards or owners have changed. @returns a function that ends that. */
  onChange(listener: () => void): () => void;
}

/** A read waits for a partition between two shards no longer than this: a hand-off takes less. */
const MOVE_LIMIT_MS = 3000;
/** Pause before a partition that no shard owns yet is asked for again. */
const MOVE_POLL_MS = 100;

/** Creates a router over a placement. */
export function createShardRouter(deps: {
  readonly placement: PlacementSource;
  readonly clients: ShardClients;
  readonly partitionOf: (cityId: string) => number;
}): ShardRouter {
  const { clients, partitionOf } = deps;
  const owners = createPartitionOwners(deps.placement, clients);
  const batchers = new Map<string, { readonly shard: ShardClient; readonly batcher: StateBatcher }>();

  /** States of a shard's cities. Reads that wait for nothing share calls. */
  async function statesOf(
    shard: ShardClient,
    cityIds: readonly string[],
    query: StateQuery,
    call: CallTiming,
  ): Promise<ShardStates> {
    const { includeRolling = false, includeForecast = false, consistency = Consistency.UNSPECIFIED } = query;
    if (query.readToken !== undefined || consistency === Consistency.STRONG) {
      return shardStates(await shard.getCities({ ...query, cityIds: [...cityIds] }, call));
    }
    const key = `${shard.name} ${includeRolling} ${includeForecast} ${consistency}`;
    let entry = batchers.get(key);
    // A shard that left and came back has another client.
    if (entry?.shard !== shard) {
      entry = { shard, batcher: createStateBatcher(shard, { includeRolling, includeForecast, consistency }) };
      batchers.set(key, entry);
    }
    return await entry.batcher.get(cityIds, call);
  }

  const ownerOf = (cityId: string) => owners.ownerOf(partitionOf(cityId));

  /** One round over cities: who is found, who failed, and whose partition is elsewhere. */
  async function ask(read: Read, cityIds: ReadonlySet<string>): Promise<Map<string, IsothermError>> {
    const elsewhere = new Map<string, IsothermError>();
    const batches = new Map<ShardClient, string[]>();
    for (const cityId of cityIds) {
      const owner = read.shardOf(cityId);
      if (owner === undefined) elsewhere.set(cityId, ownerless(cityId));
      else batches.set(owner, [...(batches.get(owner) ?? []), cityId]);
    }
    const askShard = async (shard: ShardClient, ids: readonly string[]) => {
      try {
        const { states, moved } = await statesOf(shard, ids, read.query, read.call);
        for (const each of moved.values()) owners.note(each);
        for (const cityId of ids) {
          const state = states.get(cityId);
          if (state !== undefined) read.found.set(cityId, state);
          else if (moved.has(partitionOf(cityId))) elsewhere.set(cityId, ownerless(cityId));
        }
      } catch (error) {
        if (!(error instanceof IsothermError)) throw error;
        const moved = movedOf(error);
        if (moved !== undefined) owners.note(moved);
        for (const cityId of ids) (moved === undefined ? read.failed : elsewhere).set(cityId, error);
      }
    };
    await Promise.all([...batches].map(([shard, ids]) => askShard(shard, ids)));
    return elsewhere;
  }

  /** Asks until no partition is elsewhere, or time is over. */
  async function askOwners(read: Read, cityIds: readonly string[], limitMs: number): Promise<void> {
    let open = new Set(cityIds);
    for (;;) {
      const asked = new Map([...open].map((cityId) => [cityId, read.shardOf(cityId)]));
      const elsewhere = await ask(read, open);
      if (elsewhere.size === 0) return;
      if (Date.now() >= limitMs || read.call.signal.aborted) {
        for (const [cityId, error] of elsewhere) read.failed.set(cityId, error);
        return;
      }
      open = new Set(elsewhere.keys());
      const named = [...open].every((cityId) => {
        const next = read.shardOf(cityId);
        return next !== undefined && next !== asked.get(cityId);
      });
      if (!named) await owners.changed(pollMs(limitMs), read.call.signal);
    }
  }

  /** One call a shard. @returns the partitions that are elsewhere */
  async function askAbout(partitions: readonly number[], ask: AskOwner): Promise<number[]> {
    const elsewhere: number[] = [];
    const groups = new Map<ShardClient, number[]>();
    for (const partition of partitions) {
      const owner = owners.ownerOf(partition);
      if (owner === undefined) elsewhere.push(partition);
      else groups.set(owner, [...(groups.get(owner) ?? []), partition]);
    }
    const askShard = async (shard: ShardClient, group: readonly number[]) => {
      try {
        await ask(shard, group);
      } catch (error) {
        const moved = movedOf(error);
        if (moved === undefined) throw error;
        owners.note(moved);
        elsewhere.push(...group);
      }
    };
    await Promise.all([...groups].map(([shard, group]) => askShard(shard, group)));
    return elsewhere;
  }

  /** Asks warm copies for what no owner answered. */
  async function askStandbys(read: Read): Promise<void> {
    const missing = new Map(read.failed);
    const shardOf = (cityId: string) => owners.standbysOf(partitionOf(cityId))[0];
    const ids = new Set([...missing.keys()].filter((cityId) => shardOf(cityId) !== undefined));
    for (const cityId of ids) read.failed.delete(cityId);
    await ask({ ...read, shardOf }, ids);
    // The owner's own words say more than a copy's.
    for (const cityId of ids) if (!read.found.has(cityId)) read.failed.set(cityId, missing.get(cityId)!);
  }

  return {
    get shards() {
      return clients.all;
    },
    ownerOf,
    ownerOfPartition: owners.ownerOf,
    onChange: clients.onChange,
    async eachOwner(partitions, call, ask) {
      const limitMs = Math.min(call.deadlineMs - MOVE_POLL_MS, Date.now() + MOVE_LIMIT_MS);
      for (let open = partitions; ; ) {
        const asked = new Map(open.map((partition) => [partition, owners.ownerOf(partition)]));
        const elsewhere = await askAbout(open, ask);
        if (elsewhere.length === 0) return;
        if (Date.now() >= limitMs || call.signal.aborted) throw withoutOwner(elsewhere[0]!);
        open = elsewhere;
        const isNamed = elsewhere.every((partition) => {
          const owner = owners.ownerOf(partition);
          return owner !== undefined && owner !== asked.get(partition);
        });
        if (!isNamed) await owners.changed(pollMs(limitMs), call.signal);
      }
    },
    async getStates(cityIds, query, call) {
      const read: Read = { query, call, shardOf: ownerOf, found: new Map(), failed: new Map() };
      const copiesWill = query.consistency === Consistency.EVENTUAL && query.readToken === undefined;
      const hasCopy = copiesWill && cityIds.some((cityId) => owners.standbysOf(partitionOf(cityId)).length > 0);
      await askOwners(
        read,
        cityIds,
        hasCopy ? 0 : Math.min(call.deadlineMs - MOVE_POLL_MS, Date.now() + MOVE_LIMIT_MS),
      );
      if (hasCopy && read.failed.size > 0) await askStandbys(read);
      return read;
    },
  };
}

/** A read under way. */
interface Read {
  readonly query: StateQuery;
  readonly call: CallTiming;
  /** Whom to ask for a city. */
  shardOf(cityId: string): ShardClient | undefined;
  readonly found: Map<string, CityState>;
  readonly failed: Map<string, IsothermError>;
}

/** How long to wait for a new owner before asking again: not past the limit. */
function pollMs(limitMs: number): number {
  return Math.max(1, Math.min(MOVE_POLL_MS, limitMs - Date.now()));
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

function withoutOwner(partition: number): IsothermError {
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: 'PARTITION_WITHOUT_OWNER',
    message: `No compute shard owns partition ${partition} at the moment.`,
    advice: 'Ask again shortly.',
    retryAfterMs: 1000,
    metadata: { partition: String(partition) },
  });
}
