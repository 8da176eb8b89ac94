import type { CityState, GetCitiesResponse } from '@isotherm/contracts/compute/v1/compute_service';
import type { Consistency } from '@isotherm/contracts/type/v1/consistency';
import { IsothermError } from '@isotherm/service-kit';
import { type Context, context, type Link, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { CallTiming } from '../call.ts';
import type { Moved } from './partition-owners.ts';
import type { ShardClient } from './shard-client.ts';

/** What all reads of a batch ask for. */
export interface BatchedQuery {
  readonly includeRolling: boolean;
  readonly includeForecast: boolean;
  readonly consistency: Consistency;
}

/** What a shard answered. */
export interface ShardStates {
  /** By city id. A city that is missing has no observations, unless its partition has moved. */
  readonly states: ReadonlyMap<string, CityState>;
  /** Partitions that are elsewhere. */
  readonly moved: ReadonlyMap<number, Moved>;
}

/** An answer by city and partition. */
export function shardStates({ states, moved }: GetCitiesResponse): ShardStates {
  return {
    states: new Map(states.map((state) => [state.cityId, state])),
    moved: new Map(moved.map((each) => [each.partition, each])),
  };
}

/** Gathers the reads that arrive in one turn of the event loop into one call of a shard. */
export interface StateBatcher {
  /** States of at least these cities. */
  get(cityIds: readonly string[], call: CallTiming): Promise<ShardStates>;
}

interface Member {
  readonly cityIds: readonly string[];
  readonly call: CallTiming;
  readonly context: Context;
  resolve(answer: ShardStates): void;
  reject(error: unknown): void;
}

/** As many as isotherm.compute.v1 takes in a call. */
const MAX_CITIES = 10_000;
/** Reads with less time left go alone, so that none shortens the time of others much. */
const LEAST_TIME_MS = 1000;

const NOBODY = new AbortController().signal;

/** Creates a batcher for one shard and one kind of read. */
export function createStateBatcher(shard: ShardClient, query: BatchedQuery): StateBatcher {
  let members: Member[] = [];
  let cities = 0;

  async function ask(cityIds: Iterable<string>, call: CallTiming): Promise<ShardStates> {
    return shardStates(await shard.getCities({ ...query, cityIds: [...cityIds] }, call));
  }

  function flush(): void {
    if (members.length === 0) return;
    const batch = members;
    members = [];
    cities = 0;
    const deadlineMs = Math.min(...batch.map(({ call }) => call.deadlineMs));
    const ids = new Set(batch.flatMap(({ cityIds }) => cityIds));
    // The call outlives any one reader, so none of their signals ends it.
    traced(shard.name, batch, () => ask(ids, { signal: NOBODY, deadlineMs })).then(
      (answer) => {
        for (const member of batch) member.resolve(answer);
      },
      (error: unknown) => {
        for (const member of batch) {
          const hasTime = member.call.deadlineMs > deadlineMs && isTooSlow(error) && !member.call.signal.aborted;
          if (hasTime) ask(member.cityIds, member.call).then(member.resolve, member.reject);
          else member.reject(error);
        }
      },
    );
  }

  return {
    get(cityIds, call) {
      if (call.deadlineMs - Date.now() < LEAST_TIME_MS || cityIds.length > MAX_CITIES / 2) return ask(cityIds, call);
      return new Promise((resolve, reject) => {
        if (cities + cityIds.length > MAX_CITIES) flush();
        if (members.length === 0) setImmediate(flush);
        cities += cityIds.length;
        members.push({ cityIds, call, context: context.active(), resolve, reject });
      });
    },
  };
}

function isTooSlow(error: unknown): boolean {
  return error instanceof IsothermError && error.code === 'DEADLINE_EXCEEDED';
}

/** One span for the call: a child of its only reader's, or of its own with links to all of its readers'. */
async function traced<Result>(shard: string, batch: readonly Member[], run: () => Promise<Result>): Promise<Result> {
  const [first] = batch;
  const alone = batch.length === 1;
  const links = alone ? [] : batch.flatMap((member) => linkTo(member.context));
  const parent = alone && first !== undefined ? first.context : trace.deleteSpan(context.active());
  const span = trace
    .getTracer('@isotherm/query')
    .startSpan(
      'isotherm.compute.v1.ComputeService/GetCities',
      { kind: SpanKind.CLIENT, links, attributes: { 'isotherm.shard': shard, 'isotherm.reads': batch.length } },
      parent,
    );
  try {
    return await context.with(trace.setSpan(parent, span), run);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

function linkTo(readContext: Context): Link[] {
  const found = trace.getSpanContext(readContext);
  return found === undefined ? [] : [{ context: found }];
}
