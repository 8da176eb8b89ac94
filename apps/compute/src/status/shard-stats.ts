import type { PartitionCounters } from '@isotherm/domain';
import type { LogAdmin } from '@isotherm/log';
import type { Runtime } from '@isotherm/runtime';
import type { HeldPartition } from '../partition/held-partition.ts';
import type { PartitionPhase } from '../partition/partition-phase.ts';
import type { PartitionTable } from '../partition/partition-table.ts';
import type { RowWriter } from '../store/row-writer.ts';
import type { Freshness } from './freshness.ts';
import { createLagMeter } from './partition-lag.ts';
import type { PartitionRate, PartitionRates } from './partition-rates.ts';

/** State of a partition on a shard. Counts in observations since the log began. */
export interface PartitionStats extends PartitionCounters, PartitionRate {
  readonly partition: number;
  readonly phase: PartitionPhase;
  /** Offset after the last durable record. */
  readonly endOffset: number;
  readonly appliedOffset: number;
  /** Offset up to which every row, raw row and dead letter is stored. */
  readonly storedOffset: number;
  readonly checkpointOffset: number;
  readonly lagRecords: number;
  /** Age of the oldest record not applied. */
  readonly lagSeconds: number;
  /** Lowest watermark of live cities, ms since the epoch; NaN without one. */
  readonly watermarkMs: number;
  readonly cities: number;
  readonly rowsPending: number;
  /** Newest observation of any city, ms since the epoch; NaN without one. */
  readonly newestObservedMs: number;
}

/** What is summed over the partitions that a shard owns. */
const SUMMED = [
  'applied',
  'stored',
  'dead',
  'rejected',
  'duplicate',
  'rowsPending',
  'cities',
  'lagRecords',
] as const satisfies readonly (keyof PartitionStats)[];

/** State of a shard: what status, ownership, stats and metrics are views of. Its own figures are of the partitions it owns. */
export interface ShardStats extends Readonly<Record<(typeof SUMMED)[number], number>> {
  readonly shard: string;
  /** Identity of this run of the shard. */
  readonly instanceId: string;
  /** Epoch of the placement it works under. */
  readonly epoch: number;
  /** All partitions that it holds, by number. */
  readonly partitions: readonly PartitionStats[];
  /** The worst of its partitions. */
  readonly lagSeconds: number;
  /** Newest observation of any city, ms since the epoch; NaN without one. */
  readonly newestObservedMs: number;
  /** Rows stored since the shard started. */
  readonly rowsStored: number;
  /** Whether the analytical store refuses rows. */
  readonly storeFailing: boolean;
  readonly freshnessP99Ms: number | undefined;
}

/** What {@link createStatsCollector} looks at. */
export interface StatsCollectorDeps {
  readonly shard: string;
  readonly instanceId: string;
  readonly epoch: () => number;
  readonly table: PartitionTable;
  readonly rates: PartitionRates;
  readonly log: Pick<LogAdmin, 'extents' | 'readAt'>;
  readonly runtime: Runtime;
  readonly freshness: Freshness;
  readonly rowWriter: RowWriter;
}

/** Creates a function that takes a shard's state. */
export function createStatsCollector(deps: StatsCollectorDeps): () => Promise<ShardStats> {
  const { table, log, runtime, rates, rowWriter } = deps;
  const lag = createLagMeter({ log, now: () => runtime.now() });

  async function statsOf(held: HeldPartition, end: number): Promise<PartitionStats> {
    const { state, partition, phase, sinkCursor, checkpointOffset } = held;
    // First what has to be waited for: the rest is of one moment.
    const lagSeconds = await lag.lagSeconds(held, end);
    const { appliedOffset, rowsPending } = state;
    const endOffset = Math.max(end, appliedOffset);
    return {
      ...state.counters,
      ...rates.of(held),
      partition,
      phase,
      endOffset,
      appliedOffset,
      storedOffset: rowsPending === 0 ? sinkCursor : Math.min(sinkCursor, state.storedOffset),
      checkpointOffset,
      lagRecords: endOffset - appliedOffset,
      lagSeconds: endOffset === appliedOffset ? 0 : lagSeconds,
      watermarkMs: state.watermarkMs,
      cities: state.cityCount,
      rowsPending,
      newestObservedMs: state.newestObservedMs,
    };
  }

  return async () => {
    const held = table.inPhase('following', 'owning', 'releasing');
    const extents = await log.extents(held.map(({ partition }) => partition));
    const loaded = await Promise.all(held.map((each) => statsOf(each, extents.get(each.partition)?.end ?? 0)));
    const loading = table.partitions.filter((partition) => table.phaseOf(partition) === 'loading').map(loadingStats);
    const owned = loaded.filter(({ phase }) => phase === 'owning');
    const sums = Object.fromEntries(SUMMED.map((name) => [name, owned.reduce((sum, each) => sum + each[name], 0)]));
    // A partition without a city says NaN.
    const observed = owned.map(({ newestObservedMs }) => newestObservedMs).filter((ms) => !Number.isNaN(ms));
    return {
      ...(sums as Record<(typeof SUMMED)[number], number>),
      shard: deps.shard,
      instanceId: deps.instanceId,
      epoch: deps.epoch(),
      partitions: [...loaded, ...loading].sort((a, b) => a.partition - b.partition),
      lagSeconds: Math.max(0, ...owned.map(({ lagSeconds }) => lagSeconds)),
      newestObservedMs: observed.length === 0 ? Number.NaN : Math.max(...observed),
      rowsStored: rowWriter.rowsStored,
      storeFailing: rowWriter.failing,
      freshnessP99Ms: deps.freshness.quantile(0.99, runtime.now()),
    };
  };
}

/** Nothing is known of a partition while its checkpoint is read. */
function loadingStats(partition: number): PartitionStats {
  return {
    partition,
    phase: 'loading',
    applied: 0,
    stored: 0,
    dead: 0,
    rejected: 0,
    duplicate: 0,
    observationsPerSecond: 0,
    busyRatio: 0,
    endOffset: 0,
    appliedOffset: 0,
    storedOffset: 0,
    checkpointOffset: 0,
    lagRecords: 0,
    lagSeconds: 0,
    watermarkMs: Number.NaN,
    cities: 0,
    rowsPending: 0,
    newestObservedMs: Number.NaN,
  };
}
