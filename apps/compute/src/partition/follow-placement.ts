import { type Placement, type PlacementSource, partitionsOf, standbysOf } from '@isotherm/placement';
import { abortAfter, type Runtime } from '@isotherm/runtime';
import type { Logger } from '@isotherm/service-kit';
import type { Ownership } from './ownership.ts';
import type { PartitionTable } from './partition-table.ts';

/** What following a placement needs. */
export interface FollowPlacementDeps {
  /** Name of the shard, as in the placement. */
  readonly name: string;
  readonly placement: PlacementSource;
  readonly table: PartitionTable;
  readonly ownership: Ownership;
  readonly logger: Logger;
  readonly runtime: Runtime;
  /** Told after each partition of the first table that is owned. */
  readonly restored: (done: number, total: number) => void;
}

/** Does what the placement says by itself: whoever moves partitions need not, where nobody does. */
export interface PlacementFollower {
  /** Owns what the current table gives to the shard. Rejects if a partition cannot be had. */
  start(): Promise<void>;
  /** Somebody has asked for these partitions: who follows them is theirs to say from now on. */
  asked(partitions: Iterable<number>): void;
  stop(): void;
}

/** Partitions under way at once: while one is read, the claims of others are synced to the disk. */
const CONCURRENCY = 16;
/** A partition that a newer table gives to another shard writes its last checkpoint within this time. */
const RELEASE_MS = 5_000;

/**
 * Creates it. A table with a higher epoch is taken as the truth: the shard acquires what it owns, follows what it is a
 * standby of, and releases what is another's. Hand-offs are over when their table arrives, so that mostly nothing is left
 * to do.
 */
export function createPlacementFollower(deps: FollowPlacementDeps): PlacementFollower {
  const { name, placement, table, ownership, logger, runtime } = deps;
  /** Followed because a table says so, and not because somebody asked. */
  const standing = new Set<number>();

  async function each(partitions: readonly number[], take: (partition: number) => Promise<void>): Promise<void> {
    const queue = partitions.values();
    const worker = async () => {
      for (const partition of queue) await take(partition);
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENCY, partitions.length) }, worker));
  }

  /** Acquires partitions at once: what is behind in the log is applied as their owner. */
  const acquire = (partition: number) => ownership.acquire(partition, 0);

  /** A partition that cannot be had is said; the others are taken. */
  const loudly = (epoch: number, take: (partition: number) => Promise<void>) => async (partition: number) => {
    try {
      await take(partition);
    } catch (error) {
      const advice = 'Acquire it again, or give it to another shard; the others go on.';
      logger.error({ err: error, partition, epoch, advice }, 'A partition of the placement could not be had');
    }
  };

  function stand(partition: number): Promise<void> {
    if (table.phaseOf(partition) === 'gone') standing.add(partition);
    return ownership.follow(partition);
  }

  /** What another owns is released; followers are let go of only where nobody but an older table wanted them. */
  function letGo(next: Placement): void {
    const owned = new Set(partitionsOf(next, name));
    const held = new Set([...owned, ...standbysOf(next, name)]);
    for (const partition of table.partitions) {
      const owns = table.phaseOf(partition) === 'owning';
      if (owns ? owned.has(partition) : held.has(partition) || !standing.has(partition)) continue;
      standing.delete(partition);
      const { signal, timer } = abortAfter(runtime, RELEASE_MS);
      void ownership.release(partition, signal).finally(() => timer.cancel());
    }
  }

  async function follow(next: Placement): Promise<void> {
    letGo(next);
    await each(partitionsOf(next, name), loudly(next.epoch, acquire));
    await each(standbysOf(next, name), loudly(next.epoch, stand));
  }

  const stop = placement.onChange((next) => void follow(next));
  return {
    async start() {
      const first = placement.current();
      const owned = partitionsOf(first, name);
      let done = 0;
      await each(owned, async (partition) => {
        await acquire(partition);
        deps.restored(++done, owned.length);
      });
      void each(standbysOf(first, name), loudly(first.epoch, stand));
    },
    asked(partitions) {
      for (const partition of partitions) standing.delete(partition);
    },
    stop,
  };
}
