import type { CheckpointStore, Claim, NewestCheckpoint } from '@isotherm/checkpoint';
import type { LogAdmin } from '@isotherm/log';
import { IsothermError, type Logger } from '@isotherm/service-kit';
import type { Checkpointer } from './checkpointer.ts';
import type { HeldPartition } from './held-partition.ts';
import { loadPartition, requireSameLog } from './load-partition.ts';
import type { OffsetWaiters } from './offset-waiters.ts';
import { type PartitionTable, partitionLeft } from './partition-table.ts';

/** A partition that the shard holds no more. */
export interface ReleasedPartition {
  readonly partition: number;
  /** Offset after the last record applied. */
  readonly releaseOffset: number;
  /** Offset of the newest checkpoint. */
  readonly checkpointOffset: number;
}

/** Takes partitions and gives them away, each by itself while the others go on. Every call is idempotent. */
export interface Ownership {
  /** Loads a partition and follows it. Resolves when it is followed, at once where the shard holds it. */
  follow(partition: number): Promise<void>;
  /**
   * Owns a partition once it has applied up to an offset, following it first where it does not. The signal ends the wait
   * of this caller, not the acquisition.
   */
  acquire(partition: number, until: number | 'end', signal?: AbortSignal): Promise<void>;
  /**
   * Stops applying a partition and writes its last checkpoint, if it owns it, until the signal aborts.
   * @returns where it stands; undefined if the shard has had nothing of it.
   */
  release(partition: number, signal: AbortSignal): Promise<ReleasedPartition | undefined>;
  /** Lets go of a partition at once: its claim is lost, or its log cannot be read. */
  drop(held: HeldPartition, why: string): void;
  /** Ends acquisitions that are under way. */
  close(): void;
}

/** What {@link createOwnership} needs. */
export interface OwnershipDeps {
  /** Name under which partitions are claimed. */
  readonly owner: string;
  readonly table: PartitionTable;
  readonly log: LogAdmin;
  readonly checkpoints: CheckpointStore;
  readonly checkpointer: Pick<Checkpointer, 'commit'>;
  readonly waiters: OffsetWaiters;
  readonly logger: Logger;
}

/** A call under way, which others can join and a release can end. */
interface Underway {
  readonly done: Promise<void>;
  readonly cancelled: AbortController;
}

/** Creates it over an empty table. */
export function createOwnership(deps: OwnershipDeps): Ownership {
  const { table, log, checkpoints, waiters, logger } = deps;
  const loads = new Map<number, Underway>();
  const acquisitions = new Map<number, Underway>();
  const releases = new Map<number, Promise<ReleasedPartition | undefined>>();
  const released = new Map<number, ReleasedPartition>();

  table.onTransition(({ partition, from, to }) => {
    if (to === 'loading') released.delete(partition);
    // Nothing more is applied: what waits for more waits in vain.
    if ((to === 'gone' || to === 'releasing') && from !== 'loading') waiters.leave(partition, partitionLeft(partition));
  });

  async function load(partition: number, signal: AbortSignal): Promise<void> {
    table.begin(partition);
    try {
      requirePartition(partition);
      const extent = (await log.extents([partition])).get(partition)!;
      const held = await loadPartition({ log, checkpoints, logger }, partition, extent);
      signal.throwIfAborted();
      table.loaded(held);
    } catch (error) {
      table.abandon(partition, messageOf(error));
      throw error;
    }
  }

  function follow(partition: number): Promise<void> {
    const leaving = releases.get(partition);
    if (leaving !== undefined) return leaving.then(() => follow(partition));
    if (table.get(partition) !== undefined) return Promise.resolve();
    return join(loads, partition, (signal) => load(partition, signal)).done;
  }

  /** Follows until an offset is applied; a follower that could not go on is loaded again. */
  async function applyUntil(partition: number, offset: number, signal: AbortSignal): Promise<HeldPartition> {
    for (;;) {
      await follow(partition);
      signal.throwIfAborted();
      try {
        await waiters.wait(partition, offset, signal);
      } catch (error) {
        if (signal.aborted || !isLeft(error)) throw error;
        continue;
      }
      const held = table.get(partition);
      if (held?.phase === 'following' || held?.phase === 'owning') return held;
    }
  }

  async function own(partition: number, until: number | 'end', signal: AbortSignal): Promise<void> {
    const end = until === 'end' ? await endOf(partition) : until;
    const held = await applyUntil(partition, end, signal);
    if (held.phase === 'owning') return;
    const claim = await checkpoints.claim(partition, deps.owner);
    const newest = await checkpoints.newest(partition);
    if (newest !== undefined) requireSameLog(partition, newest.incarnation, log.incarnation);
    // The owner before may have written a checkpoint of more than this state has applied.
    await waiters.wait(partition, newest?.offset ?? 0, signal);
    signal.throwIfAborted();
    takeOver(held, claim, newest);
    table.move(held, 'owning');
  }

  async function endOf(partition: number): Promise<number> {
    requirePartition(partition);
    return (await log.extents([partition])).get(partition)!.end;
  }

  function requirePartition(partition: number): void {
    if (partition >= log.partitionCount) throw noPartition(partition, log.partitionCount);
  }

  async function giveAway(held: HeldPartition, signal: AbortSignal): Promise<ReleasedPartition> {
    const { partition, state } = held;
    const owned = held.phase === 'owning';
    if (owned) {
      table.move(held, 'releasing');
      await lastCheckpoint(held, signal);
    }
    if (table.get(partition) === held) table.move(held, 'gone', owned ? 'released' : 'not followed any more');
    const result = {
      partition,
      releaseOffset: state.appliedOffset,
      checkpointOffset: held.checkpointOffset,
    };
    released.set(partition, result);
    return result;
  }

  /** Writes it within its time; the next owner reads the log from the one before otherwise. */
  async function lastCheckpoint(held: HeldPartition, signal: AbortSignal): Promise<void> {
    const over = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const commit = deps.checkpointer.commit(held).catch((error: unknown) => {
      const advice = 'Its next owner reads the log from the checkpoint before.';
      logger.warn({ err: error, partition: held.partition, advice }, 'Last checkpoint was not written');
    });
    await Promise.race([commit, over]);
  }

  return {
    follow,
    async acquire(partition, until, signal) {
      if (table.owned(partition) !== undefined) return;
      const { done } = join(acquisitions, partition, (cancelled) => own(partition, until, cancelled));
      await unlessAborted(done, signal);
    },
    release(partition, signal) {
      const underway = releases.get(partition);
      if (underway !== undefined) return underway;
      for (const calls of [acquisitions, loads]) calls.get(partition)?.cancelled.abort(partitionLeft(partition));
      const held = table.get(partition);
      if (held === undefined) return Promise.resolve(released.get(partition));
      const done = giveAway(held, signal).finally(() => releases.delete(partition));
      // A release that took no turn of the event loop is over before it could be joined.
      releases.set(partition, done);
      return done;
    },
    drop(held, why) {
      if (table.get(held.partition) !== held) return;
      acquisitions.get(held.partition)?.cancelled.abort(partitionLeft(held.partition));
      table.move(held, 'gone', why);
    },
    close() {
      for (const calls of [acquisitions, loads]) {
        for (const { cancelled } of calls.values()) cancelled.abort(new Error('The shard is stopping'));
      }
    },
  };
}

/**
 * Makes a follower's bookkeeping the owner's. Between its loading and its claim the owner before may have written
 * checkpoints; none follows the claim but one that was on its way, and of that the store has removed nothing that the
 * loaded one needs. So changes may be written as a delta only where the newest checkpoint is the one loaded: otherwise
 * the next segment is a full one, which stands on nothing.
 */
function takeOver(held: HeldPartition, claim: Claim, newest: NewestCheckpoint | undefined): void {
  held.claim = claim;
  held.withheldRows?.failed();
  held.withheldRows = undefined;
  if (newest === undefined) return;
  const isLoaded = newest.id.term === held.base?.term && newest.id.number === held.base.number;
  if (!isLoaded) held.needsFullSegment = true;
  held.sinkCursor = Math.max(held.sinkCursor, newest.sinkCursor);
  held.checkpointOffset = newest.offset;
  held.neededFrom = Math.min(newest.offset, newest.sinkCursor);
}

/** The call under way for a partition, or a new one; one that was cancelled ends first. */
function join(
  calls: Map<number, Underway>,
  partition: number,
  run: (cancelled: AbortSignal) => Promise<void>,
): Underway {
  const found = calls.get(partition);
  if (found?.cancelled.signal.aborted === false) return found;
  const cancelled = new AbortController();
  const begin = () => run(cancelled.signal);
  const done = (found === undefined ? begin() : found.done.then(begin, begin)).finally(() => {
    if (calls.get(partition) === underway) calls.delete(partition);
  });
  done.catch(() => undefined);
  const underway = { done, cancelled };
  calls.set(partition, underway);
  return underway;
}

/** Waits, but not longer than the signal allows. */
function unlessAborted(done: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return done;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    done.finally(() => signal.removeEventListener('abort', abort)).then(resolve, reject);
  });
}

function noPartition(partition: number, partitionCount: number): IsothermError {
  return new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'PLACEMENT_MISMATCH',
    message: `The placement names partition ${partition}, the log has ${partitionCount}.`,
    advice: 'Use the partition count the log was created with.',
  });
}

function isLeft(error: unknown): boolean {
  return error instanceof IsothermError && error.id === 'PARTITION_LEFT';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
