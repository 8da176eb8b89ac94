import { memoryUsage } from 'node:process';
import type { ShardStats } from '@isotherm/compute';
import type { FeedProgress, PlatformStats, StatsSource } from '@isotherm/query';
import { emptyStats } from '@isotherm/query/platform-stats';
import type { Calls, Logger } from '@isotherm/service-kit';
import type { ComputeCalls } from '../threads/compute-thread.ts';
import type { IngestCalls } from '../threads/ingest-thread.ts';

/** Who is asked. */
export interface StatsLoopDeps {
  readonly ingest: Calls<IngestCalls>;
  readonly shards: readonly Calls<ComputeCalls>[];
  readonly feed: () => FeedProgress | undefined;
  readonly logger: Logger;
  readonly clock: () => number;
}

/** The platform's stats: taken once a second, handed to whoever listens. */
export interface StatsLoop extends StatsSource {
  /** Takes it now. */
  take(): Promise<PlatformStats>;
  stop(): void;
}

/** Starts taking stats. */
export function startStatsLoop(deps: StatsLoopDeps): StatsLoop {
  const listeners = new Set<(stats: PlatformStats) => void>();
  let latest = emptyStats(deps.clock());
  let taking = false;
  const askIngest = rememberingStats(deps.ingest, deps.clock);
  const askShards = deps.shards.map((shard) => continuedStats(rememberingStats(shard, deps.clock)));

  async function take(): Promise<PlatformStats> {
    const [{ stats: ingest }, ...shards] = await Promise.all([askIngest(), ...askShards.map((ask) => ask())]);
    const atMs = deps.clock();
    const seconds = Math.max(0.001, (atMs - latest.atMs) / 1000);
    const sum = (pick: (shard: (typeof shards)[number]) => number) =>
      shards.reduce((total, shard) => total + pick(shard), 0);
    const acceptedSince = ingest.observationsAcked - latest.observationsAcked;
    latest = {
      atMs,
      acceptedPerSecond: latest.observationsAcked === 0 ? 0 : Math.max(0, acceptedSince / seconds),
      lagSeconds: Math.max(0, ...shards.map((shard) => shard.lagSeconds)),
      lagRecords: sum((shard) => shard.lagRecords),
      freshnessP99Ms: shards.map((shard) => shard.freshnessP99Ms).reduce(maxDefined, undefined),
      observationsAcked: ingest.observationsAcked,
      observationsApplied: sum((shard) => shard.applied),
      observationsStored: sum((shard) => shard.stored),
      observationsDead: sum((shard) => shard.dead + shard.rejected),
      observationsDuplicate: sum((shard) => shard.duplicate),
      rowsPending: sum((shard) => shard.rowsPending),
      rowsStored: sum((shard) => shard.rowsStored),
      cities: sum((shard) => shard.cities),
      feed: deps.feed(),
      residentBytes: memoryUsage.rss(),
    };
    for (const listener of listeners) listener(latest);
    return latest;
  }

  const timer = setInterval(() => {
    if (taking) return;
    taking = true;
    take()
      .catch((error: unknown) => deps.logger.debug({ err: error }, 'Stats could not be taken'))
      .finally(() => {
        taking = false;
      });
  }, 1000);
  return {
    latest: () => latest,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    take,
    stop: () => clearInterval(timer),
  };
}

/** A worker's stats and how old it is. */
interface Remembered<WorkerStats> {
  readonly stats: WorkerStats;
  readonly ageMs: number;
}

/** Takes a worker's stats; the last one stands while the worker is away. */
function rememberingStats<WorkerStats>(
  worker: Calls<{ stats: { argument: undefined; result: WorkerStats } }>,
  clock: () => number,
): () => Promise<Remembered<WorkerStats>> {
  let last: { readonly stats: WorkerStats; readonly atMs: number } | undefined;
  return async () => {
    try {
      const stats = await worker.call('stats', undefined);
      last = { stats, atMs: clock() };
      return { stats, ageMs: 0 };
    } catch (error) {
      if (last === undefined) throw error;
      return { stats: last.stats, ageMs: clock() - last.atMs };
    }
  };
}

/** A shard's stats over its restarts: rows stored go on adding up, and what it does not apply grows old. */
function continuedStats(ask: () => Promise<Remembered<ShardStats>>): () => Promise<ShardStats> {
  let storedBefore = 0;
  let storedLast = 0;
  return async () => {
    const { stats, ageMs } = await ask();
    if (stats.rowsStored < storedLast) storedBefore += storedLast;
    storedLast = stats.rowsStored;
    return {
      ...stats,
      rowsStored: storedBefore + stats.rowsStored,
      lagSeconds: stats.lagSeconds + ageMs / 1000,
      freshnessP99Ms: ageMs === 0 ? stats.freshnessP99Ms : undefined,
    };
  };
}

function maxDefined(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.max(a, b);
}
