import type { Log } from '@isotherm/log';
import type { PartitionRuntime } from '../partition/partition-runtime.ts';
import type { RowWriter } from '../store/row-writer.ts';
import type { Freshness } from './freshness.ts';
import { lagSeconds } from './shard-status.ts';

/** Vital signs of a shard. Counts in observations since the log began. */
export interface ShardPulse {
  readonly applied: number;
  readonly stored: number;
  /** Kept as dead letters after they were accepted: late, conflicting, expired. */
  readonly dead: number;
  /** Kept as dead letters on arrival. */
  readonly rejected: number;
  readonly duplicate: number;
  readonly rowsPending: number;
  /** Rows stored since the shard started. */
  readonly rowsStored: number;
  readonly cities: number;
  readonly lagRecords: number;
  readonly lagSeconds: number;
  readonly freshnessP99Ms: number | undefined;
  /** Whether the analytical store refuses rows. */
  readonly storeFailing: boolean;
  /** Newest observation of any city, ms since the epoch; NaN without one. */
  readonly newestObservedMs: number;
}

/** Takes the shard's vital signs. */
export async function shardPulse(from: {
  readonly runtimes: ReadonlyMap<number, PartitionRuntime>;
  readonly log: Log;
  readonly nowMs: number;
  readonly freshness: Freshness;
  readonly rowWriter: RowWriter;
}): Promise<ShardPulse> {
  const extents = await from.log.extents(from.runtimes.keys());
  const sum = { applied: 0, stored: 0, dead: 0, rejected: 0, duplicate: 0, rowsPending: 0, cities: 0, lagRecords: 0 };
  let worstLag = 0;
  let newestObservedMs = Number.NaN;
  for (const runtime of from.runtimes.values()) {
    const { state } = runtime;
    const extent = extents.get(runtime.partition);
    sum.applied += state.counters.applied;
    sum.stored += state.counters.stored;
    sum.dead += state.counters.dead;
    sum.rejected += state.counters.rejected;
    sum.duplicate += state.counters.duplicate;
    sum.rowsPending += state.rowsPending;
    sum.cities += state.cityCount;
    sum.lagRecords += Math.max(0, (extent?.end ?? 0) - state.appliedOffset);
    worstLag = Math.max(worstLag, lagSeconds(runtime, extent, from.nowMs));
    // A partition without a city says NaN, whichever comes first.
    if (Number.isNaN(newestObservedMs) || state.newestObservedMs > newestObservedMs) {
      newestObservedMs = state.newestObservedMs;
    }
  }
  return {
    ...sum,
    lagSeconds: worstLag,
    newestObservedMs,
    rowsStored: from.rowWriter.rowsStored,
    storeFailing: from.rowWriter.failing,
    freshnessP99Ms: from.freshness.quantile(0.99, from.nowMs),
  };
}
