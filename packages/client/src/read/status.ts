import type {
  PartitionStatus as PartitionMessage,
  ProducerStatus as ProducerMessage,
  PlatformStats as StatsMessage,
} from '@isotherm/contracts/platform/v1/platform_service';
import { errorFromConnect } from '../errors/from-connect.ts';
import type { Api } from './api-transport.ts';
import { type CallOptions, connectOptions } from './call-options.ts';
import { dateOf } from './instants.ts';
import { lastingStream } from './lasting-stream.ts';
import { type FormulaName, formulaName } from './units.ts';

/** How the platform is doing. */
export interface PlatformStatus {
  readonly version: string;
  /** Identity of the log. */
  readonly incarnation: string;
  readonly formula: FormulaName;
  readonly shards: readonly ShardStatus[];
  readonly unreachableShards: readonly string[];
  /** The caller's tenant. Producers are those of this tenant; with the permission `operate` all are shown. */
  readonly tenant: string;
  readonly stats: PlatformStats | undefined;
}

/** A shard, its partitions and the producers it saw within the last hour. */
export interface ShardStatus {
  readonly shard: string;
  readonly epoch: number;
  readonly partitions: readonly PartitionStatus[];
  readonly producers: readonly ProducerStatus[];
}

/** A partition. Offsets are numbers of records. */
export interface PartitionStatus {
  readonly partition: number;
  readonly owner: string;
  readonly endOffset: number;
  readonly appliedOffset: number;
  readonly storedOffset: number;
  readonly checkpointOffset: number;
  readonly lagRecords: number;
  readonly lagSeconds: number;
  /** Undefined while no city is live. */
  readonly watermarkTime: Date | undefined;
  readonly cities: number;
  readonly observationsApplied: number;
  readonly observationsDead: number;
  readonly observationsDuplicate: number;
  readonly observationsStored: number;
  readonly rowsPending: number;
}

/** A producer's newest session. */
export interface ProducerStatus {
  readonly tenant: string;
  readonly producerId: string;
  readonly session: bigint;
  readonly sequence: number;
  /** Append time of its last batch. */
  readonly lastAppendTime: Date;
  readonly observations: number;
}

/** Stats; counts are since the log began. */
export interface PlatformStats {
  readonly sampleTime: Date;
  readonly acceptedPerSecond: number;
  readonly lagSeconds: number;
  readonly lagRecords: number;
  readonly freshnessP99Ms: number | undefined;
  readonly observationsAcked: number;
  readonly observationsApplied: number;
  readonly observationsStored: number;
  readonly observationsDead: number;
  readonly observationsDuplicate: number;
  readonly rowsPending: number;
  readonly rowsStored: number;
  readonly cities: number;
  readonly residentBytes: number;
  /** The demo feed; undefined when it is off. */
  readonly feed: { readonly replaying: boolean; readonly observeTime: Date; readonly shareDone: number } | undefined;
}

/** Reads every partition and producer. */
export async function readStatus(api: Api, options: CallOptions): Promise<PlatformStatus> {
  try {
    const answer = await api.platform.getStatus({}, connectOptions(options));
    return {
      version: answer.version,
      incarnation: answer.incarnation,
      formula: formulaName(answer.formula),
      shards: answer.shards.map(({ shard, epoch, partitions, producers }) => ({
        shard,
        epoch: Number(epoch),
        partitions: partitions.map(partitionOf),
        producers: producers.map(producerOf),
      })),
      unreachableShards: answer.unreachableShards,
      tenant: answer.tenant,
      stats: answer.stats && statsOf(answer.stats),
    };
  } catch (error) {
    throw errorFromConnect(error, api.target);
  }
}

/** Stats once a second until the signal aborts; the connection is made again when it is lost. */
export async function* watchStats(
  api: Api,
  options: { readonly signal?: AbortSignal },
): AsyncGenerator<PlatformStats, void> {
  const stream = lastingStream({
    ...api.lasting,
    signal: options.signal,
    open: (signal) => api.platform.watchStats({}, { timeoutMs: 0, signal }),
  });
  for await (const { message } of stream) if (message.stats !== undefined) yield statsOf(message.stats);
}

function partitionOf(message: PartitionMessage): PartitionStatus {
  return {
    partition: message.partition,
    owner: message.owner,
    endOffset: Number(message.endOffset),
    appliedOffset: Number(message.appliedOffset),
    storedOffset: Number(message.storedOffset),
    checkpointOffset: Number(message.checkpointOffset),
    lagRecords: Number(message.lagRecords),
    lagSeconds: message.lagSeconds,
    watermarkTime: message.watermarkTime && dateOf(message.watermarkTime),
    cities: message.cities,
    observationsApplied: Number(message.observationsApplied),
    observationsDead: Number(message.observationsDead),
    observationsDuplicate: Number(message.observationsDuplicate),
    observationsStored: Number(message.observationsStored),
    rowsPending: Number(message.rowsPending),
  };
}

function producerOf(message: ProducerMessage): ProducerStatus {
  return {
    tenant: message.tenant,
    producerId: message.producerId,
    session: message.session,
    sequence: Number(message.sequence),
    lastAppendTime: dateOf(message.lastAppendTime),
    observations: Number(message.observations),
  };
}

function statsOf(message: StatsMessage): PlatformStats {
  const { feed } = message;
  return {
    sampleTime: dateOf(message.sampleTime),
    acceptedPerSecond: message.acceptedPerSecond,
    lagSeconds: message.lagSeconds,
    lagRecords: Number(message.lagRecords),
    freshnessP99Ms: message.freshnessP99Ms,
    observationsAcked: Number(message.observationsAcked),
    observationsApplied: Number(message.observationsApplied),
    observationsStored: Number(message.observationsStored),
    observationsDead: Number(message.observationsDead),
    observationsDuplicate: Number(message.observationsDuplicate),
    rowsPending: Number(message.rowsPending),
    rowsStored: Number(message.rowsStored),
    cities: Number(message.cities),
    residentBytes: Number(message.residentBytes),
    feed: feed && { replaying: feed.replaying, observeTime: dateOf(feed.observeTime), shareDone: feed.shareDone },
  };
}
