import { memoryUsage } from 'node:process';
import type { GetShardStatusResponse } from '@isotherm/contracts/compute/v1/compute_service';
import type { Logger } from '@isotherm/service-kit';
import type { Clock } from '../call.ts';
import { emptyStats, type PlatformStats, type StatsSource } from '../platform-stats.ts';
import type { ShardRouter } from './shard-router.ts';

/** Stats of the platform, asked of its shards. */
export interface PolledStats extends StatsSource {
  stop(): void;
}

const EVERY_MS = 1000;
const LIMIT_MS = 2000;

type Partition = GetShardStatusResponse['partitions'][number];
type Count = { [Key in keyof Partition]-?: Partition[Key] extends bigint ? Key : never }[keyof Partition];

/**
 * Asks every shard for its status once a second. A shard that does not answer is represented by its last answer, whose
 * lag grows.
 */
export function pollStats(deps: {
  readonly router: Pick<ShardRouter, 'shards'>;
  readonly logger: Logger;
  readonly clock: Clock;
}): PolledStats {
  const { router, logger, clock } = deps;
  const listeners = new Set<(stats: PlatformStats) => void>();
  const known = new Map<string, { readonly status: GetShardStatusResponse; readonly atMs: number }>();
  let latest = emptyStats(clock());
  let asking = false;

  async function ask(): Promise<void> {
    const call = { signal: AbortSignal.timeout(LIMIT_MS), deadlineMs: Date.now() + LIMIT_MS };
    const names = new Set(router.shards.map(({ name }) => name));
    for (const name of known.keys()) if (!names.has(name)) known.delete(name);
    await Promise.all(
      router.shards.map(async (shard) => {
        const status = await shard.getStatus(call).catch((error: unknown) => {
          logger.debug({ err: error, shard: shard.name }, 'A shard did not tell its status');
        });
        if (status !== undefined) known.set(shard.name, { status, atMs: clock() });
      }),
    );
    latest = statsOf(latest, [...known.values()], clock());
    for (const listener of listeners) listener(latest);
  }

  const timer = setInterval(() => {
    if (asking) return;
    asking = true;
    ask()
      .catch((error: unknown) => logger.warn({ err: error, advice: 'They are asked again.' }, 'Shards were not asked'))
      .finally(() => {
        asking = false;
      });
  }, EVERY_MS).unref();
  return {
    latest: () => latest,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: () => clearInterval(timer),
  };
}

function statsOf(
  before: PlatformStats,
  shards: readonly { readonly status: GetShardStatusResponse; readonly atMs: number }[],
  nowMs: number,
): PlatformStats {
  const partitions = shards.flatMap(({ status }) => status.partitions);
  const sum = (key: Count) => partitions.reduce((total, partition) => total + Number(partition[key]), 0);
  const observationsApplied = sum('observationsApplied');
  const observationsDead = sum('observationsDead');
  const observationsDuplicate = sum('observationsDuplicate');
  // What is acked and not applied is known in records only.
  const observationsAcked = observationsApplied + observationsDead + observationsDuplicate;
  const seconds = Math.max(0.001, (nowMs - before.atMs) / 1000);
  return {
    ...before,
    atMs: nowMs,
    acceptedPerSecond:
      before.observationsAcked === 0 ? 0 : Math.max(0, (observationsAcked - before.observationsAcked) / seconds),
    lagSeconds: Math.max(
      0,
      ...shards.flatMap(({ status, atMs }) =>
        status.partitions.map((each) => (each.lagSeconds > 0 ? each.lagSeconds + (nowMs - atMs) / 1000 : 0)),
      ),
    ),
    lagRecords: sum('lagRecords'),
    observationsAcked,
    observationsApplied,
    observationsDead,
    observationsDuplicate,
    observationsStored: sum('observationsStored'),
    rowsPending: sum('rowsPending'),
    cities: partitions.reduce((total, { cities }) => total + cities, 0),
    residentBytes: memoryUsage.rss(),
  };
}
