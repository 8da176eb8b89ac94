import { memoryUsage } from 'node:process';
import type { ShardStats } from '@isotherm/compute';
import type { FeedProgress, Pulse, PulseSource } from '@isotherm/query';
import { emptyPulse } from '@isotherm/query/pulse';
import type { Calls, Logger } from '@isotherm/service-kit';
import type { ComputeCalls } from '../threads/compute-thread.ts';
import type { IngestCalls } from '../threads/ingest-thread.ts';

/** Whom the pulse is taken of. */
export interface StatsLoopDeps {
  readonly ingest: Calls<IngestCalls>;
  readonly shards: readonly Calls<ComputeCalls>[];
  readonly feed: () => FeedProgress | undefined;
  readonly logger: Logger;
  readonly clock: () => number;
}

/** The platform's pulse: taken once a second, handed to whoever listens. */
export interface StatsLoop extends PulseSource {
  /** Takes it now. */
  take(): Promise<Pulse>;
  stop(): void;
}

/** Starts taking the pulse. */
export function startStatsLoop(deps: StatsLoopDeps): StatsLoop {
  const listeners = new Set<(pulse: Pulse) => void>();
  let latest = emptyPulse(deps.clock());
  let taking = false;
  const askIngest = rememberingPulse(deps.ingest, deps.clock);
  const askShards = deps.shards.map((shard) => continuedPulse(rememberingPulse(shard, deps.clock)));

  async function take(): Promise<Pulse> {
    const [{ pulse: ingest }, ...shards] = await Promise.all([askIngest(), ...askShards.map((ask) => ask())]);
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
      .catch((error: unknown) => deps.logger.debug({ err: error }, 'Pulse could not be taken'))
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

/** A worker's pulse and how old it is. */
interface Remembered<WorkerPulse> {
  readonly pulse: WorkerPulse;
  readonly ageMs: number;
}

/** Takes a worker's pulse; the last one stands while the worker is away. */
function rememberingPulse<WorkerPulse>(
  worker: Calls<{ pulse: { argument: undefined; result: WorkerPulse } }>,
  clock: () => number,
): () => Promise<Remembered<WorkerPulse>> {
  let last: { readonly pulse: WorkerPulse; readonly atMs: number } | undefined;
  return async () => {
    try {
      const pulse = await worker.call('pulse', undefined);
      last = { pulse, atMs: clock() };
      return { pulse, ageMs: 0 };
    } catch (error) {
      if (last === undefined) throw error;
      return { pulse: last.pulse, ageMs: clock() - last.atMs };
    }
  };
}

/** A shard's pulse over its restarts: rows stored go on adding up, and what it does not apply grows old. */
function continuedPulse(ask: () => Promise<Remembered<ShardStats>>): () => Promise<ShardStats> {
  let storedBefore = 0;
  let storedLast = 0;
  return async () => {
    const { pulse, ageMs } = await ask();
    if (pulse.rowsStored < storedLast) storedBefore += storedLast;
    storedLast = pulse.rowsStored;
    return {
      ...pulse,
      rowsStored: storedBefore + pulse.rowsStored,
      lagSeconds: pulse.lagSeconds + ageMs / 1000,
      freshnessP99Ms: ageMs === 0 ? pulse.freshnessP99Ms : undefined,
    };
  };
}

function maxDefined(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.max(a, b);
}
