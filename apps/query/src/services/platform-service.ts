import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type { GetShardStatusResponse } from '@isotherm/contracts/compute/v1/compute_service';
import {
  type GetStatusResponse,
  GetStatusResponseSchema,
  type PlatformService,
  type Pulse as PulseMessage,
  PulseSchema,
  type ShardStatus,
  ShardStatusSchema,
  WatchPulseResponseSchema,
} from '@isotherm/contracts/platform/v1/platform_service';
import { HeatIndexFormula } from '@isotherm/contracts/type/v1/weather';
import type { HeatIndexFormulaName } from '@isotherm/domain';
import { type Caller, seesAllTenants } from '@isotherm/service-kit';
import { type Call, serverStopping } from '../call.ts';
import type { Pulse, PulseSource } from '../pulse.ts';
import type { ShardRouter } from '../shards/shard-router.ts';

/** What {@link createPlatformReads} needs. */
export interface PlatformDeps {
  readonly router: ShardRouter;
  readonly pulse: PulseSource;
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
    pulse: pulseMessage(deps.pulse.latest()),
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
    async *watchPulse(_request, context) {
      for await (const pulse of newestPulses(deps.pulse, AbortSignal.any([context.signal, deps.stopping]))) {
        yield create(WatchPulseResponseSchema, { pulse: pulseMessage(pulse) });
      }
      if (deps.stopping.aborted && !context.signal.aborted) throw serverStopping();
    },
  };
}

/** Pulses as they come, the latest at once; a slow reader gets the newest, older ones are dropped. */
async function* newestPulses(source: PulseSource, signal: AbortSignal): AsyncIterable<Pulse> {
  let newest: Pulse | undefined = source.latest();
  let arrived = Promise.withResolvers<void>();
  const ended = () => arrived.resolve();
  const unsubscribe = source.subscribe((pulse) => {
    newest = pulse;
    arrived.resolve();
  });
  signal.addEventListener('abort', ended, { once: true });
  try {
    while (!signal.aborted) {
      if (newest !== undefined) {
        const pulse: Pulse = newest;
        newest = undefined;
        yield pulse;
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

/** A pulse as isotherm.platform.v1.Pulse. */
export function pulseMessage(pulse: Pulse): PulseMessage {
  const count = (value: number) => BigInt(Math.max(0, Math.round(value)));
  return create(PulseSchema, {
    sampleTime: timestampFromMs(pulse.atMs),
    acceptedPerSecond: pulse.acceptedPerSecond,
    lagSeconds: pulse.lagSeconds,
    lagRecords: count(pulse.lagRecords),
    observationsAcked: count(pulse.observationsAcked),
    observationsApplied: count(pulse.observationsApplied),
    observationsStored: count(pulse.observationsStored),
    observationsDead: count(pulse.observationsDead),
    observationsDuplicate: count(pulse.observationsDuplicate),
    rowsPending: count(pulse.rowsPending),
    rowsStored: count(pulse.rowsStored),
    cities: count(pulse.cities),
    residentBytes: count(pulse.residentBytes),
    ...(pulse.freshnessP99Ms === undefined ? {} : { freshnessP99Ms: pulse.freshnessP99Ms }),
    ...(pulse.feed === undefined
      ? {}
      : {
          feed: {
            replaying: pulse.feed.replaying,
            observeTime: timestampFromMs(pulse.feed.positionMs),
            shareDone: pulse.feed.shareDone,
          },
        }),
  });
}
