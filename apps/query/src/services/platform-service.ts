import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type { GetShardStatusResponse } from '@isotherm/contracts/compute/v1/compute_service';
import {
  type GetStatusResponse,
  GetStatusResponseSchema,
  type PlatformService,
  PlatformStatsSchema,
  type ShardStatus,
  ShardStatusSchema,
  type PlatformStats as StatsMessage,
  WatchStatsResponseSchema,
} from '@isotherm/contracts/platform/v1/platform_service';
import { HeatIndexFormula } from '@isotherm/contracts/type/v1/weather';
import type { HeatIndexFormulaName } from '@isotherm/domain';
import { type Caller, seesAllTenants } from '@isotherm/service-kit';
import { type Call, serverStopping } from '../call.ts';
import type { PlatformStats, StatsSource } from '../platform-stats.ts';
import type { ShardRouter } from '../shards/shard-router.ts';

/** What {@link createPlatformReads} needs. */
export interface PlatformDeps {
  readonly router: ShardRouter;
  readonly stats: StatsSource;
  readonly formula: HeatIndexFormulaName;
  readonly version: string;
  readonly incarnation: string;
}

/** The state of the platform; shards that do not answer within the call are named, not an error. */
export async function getStatus(deps: PlatformDeps, call: Call): Promise<GetStatusResponse> {
  const shards: ShardStatus[] = [];
  const unreachableShards: string[] = [];
  const answers = await Promise.allSettled(deps.router.shards.map((shard) => shard.getStatus(call)));
  answers.forEach((answer, i) => {
    if (answer.status === 'fulfilled') shards.push(shardStatus(answer.value, call.caller));
    else unreachableShards.push(deps.router.shards[i]?.name ?? '');
  });
  return create(GetStatusResponseSchema, {
    version: deps.version,
    incarnation: deps.incarnation,
    formula: HeatIndexFormula[deps.formula],
    shards,
    unreachableShards,
    stats: statsMessage(deps.stats.latest()),
    tenant: call.caller.tenant,
  });
}

/** A shard's own answer as the public one. An operator is shown every producer, others those of their tenant. */
function shardStatus({ shard, epoch, partitions, producers }: GetShardStatusResponse, caller: Caller): ShardStatus {
  const shown = seesAllTenants(caller) ? producers : producers.filter(({ tenant }) => tenant === caller.tenant);
  return create(ShardStatusSchema, {
    shard,
    epoch,
    partitions: partitions.map(({ watermarkUnixMs, $typeName: _, $unknown: __, ...partition }) => ({
      ...partition,
      ...(watermarkUnixMs !== 0n && { watermarkTime: timestampFromMs(Number(watermarkUnixMs)) }),
    })),
    producers: shown.map(({ lastSeenUnixMs, $typeName: _, $unknown: __, ...producer }) => ({
      ...producer,
      lastAppendTime: timestampFromMs(Number(lastSeenUnixMs)),
    })),
  });
}

/** PlatformService. */
export function createPlatformService(
  deps: PlatformDeps & { callOf(context: HandlerContext): Call; readonly stopping: AbortSignal },
): ServiceImpl<typeof PlatformService> {
  return {
    getStatus: (_request, context) => getStatus(deps, deps.callOf(context)),
    async *watchStats(_request, context) {
      for await (const stats of newestStats(deps.stats, AbortSignal.any([context.signal, deps.stopping]))) {
        yield create(WatchStatsResponseSchema, { stats: statsMessage(stats) });
      }
      if (deps.stopping.aborted && !context.signal.aborted) throw serverStopping();
    },
  };
}

/** Stats as they come, the latest at once; a slow reader gets the newest, older ones are dropped. */
async function* newestStats(source: StatsSource, signal: AbortSignal): AsyncIterable<PlatformStats> {
  let newest: PlatformStats | undefined = source.latest();
  let arrived = Promise.withResolvers<void>();
  const ended = () => arrived.resolve();
  const unsubscribe = source.subscribe((stats) => {
    newest = stats;
    arrived.resolve();
  });
  signal.addEventListener('abort', ended, { once: true });
  try {
    while (!signal.aborted) {
      if (newest !== undefined) {
        const stats: PlatformStats = newest;
        newest = undefined;
        yield stats;
      } else {
        await arrived.promise;
        arrived = Promise.withResolvers<void>();
      }
    }
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', ended);
  }
}

/** Stats as isotherm.platform.v1.PlatformStats. */
function statsMessage(stats: PlatformStats): StatsMessage {
  const count = (value: number) => BigInt(Math.max(0, Math.round(value)));
  return create(PlatformStatsSchema, {
    sampleTime: timestampFromMs(stats.atMs),
    acceptedPerSecond: stats.acceptedPerSecond,
    lagSeconds: stats.lagSeconds,
    lagRecords: count(stats.lagRecords),
    observationsAcked: count(stats.observationsAcked),
    observationsApplied: count(stats.observationsApplied),
    observationsStored: count(stats.observationsStored),
    observationsDead: count(stats.observationsDead),
    observationsDuplicate: count(stats.observationsDuplicate),
    rowsPending: count(stats.rowsPending),
    rowsStored: count(stats.rowsStored),
    cities: count(stats.cities),
    residentBytes: count(stats.residentBytes),
    ...(stats.freshnessP99Ms === undefined ? {} : { freshnessP99Ms: stats.freshnessP99Ms }),
    ...(stats.feed === undefined
      ? {}
      : {
          feed: {
            replaying: stats.feed.replaying,
            observeTime: timestampFromMs(stats.feed.positionMs),
            shareDone: stats.feed.shareDone,
          },
        }),
  });
}
