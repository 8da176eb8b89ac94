import type { CheckpointStore } from '@isotherm/checkpoint';
import type { Runtime } from '@isotherm/runtime';
import type { Logger } from '@isotherm/service-kit';
import type { HeldPartition } from './held-partition.ts';
import type { Ownership } from './ownership.ts';
import type { PartitionTable } from './partition-table.ts';

/** What upkeep needs. */
export interface FollowerUpkeepDeps {
  readonly table: PartitionTable;
  readonly ownership: Pick<Ownership, 'drop' | 'follow'>;
  readonly checkpoints: CheckpointStore;
  readonly logger: Logger;
  readonly runtime: Runtime;
}

/** Keeps followers small for as long as they follow. */
export interface FollowerUpkeep {
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** One look at what the owners have stored. */
  round(): Promise<void>;
}

/** A follower that takes no more records looks more often. */
const STALLED_INTERVAL_MS = 1_000;

/**
 * Creates it. A follower writes nothing, so its rows, dead letters and raw rows would pile up. It withholds them until the
 * owner's newest checkpoint says that they are stored, and forgets them then; on becoming the owner it hands out what it
 * still withholds. One that takes no more records because its owner is far ahead is loaded again.
 */
export function createFollowerUpkeep(
  deps: FollowerUpkeepDeps,
  options: { readonly intervalMs: number },
): FollowerUpkeep {
  const { table, ownership, checkpoints, logger, runtime } = deps;

  async function look(held: HeldPartition): Promise<void> {
    const { partition, state } = held;
    const newest = await checkpoints.newest(partition);
    if (held.phase !== 'following') return;
    if (newest !== undefined) {
      held.sinkCursor = Math.max(held.sinkCursor, newest.sinkCursor);
      state.forgetExceptions(newest.sinkCursor);
      const { withheldRows } = held;
      if (withheldRows !== undefined && withheldRows.rows.appliedOffset <= newest.storedOffset) {
        withheldRows.stored();
        held.withheldRows = undefined;
      }
    }
    held.withheldRows ??= state.takeRows(Number.POSITIVE_INFINITY);
    if (!held.stalled) return;
    if (newest !== undefined && newest.offset > state.appliedOffset) {
      ownership.drop(held, 'loaded again: its owner is far ahead');
      await ownership.follow(partition);
    } else table.stall(held, false);
  }

  async function round(): Promise<void> {
    for (const held of table.inPhase('following')) {
      try {
        await look(held);
      } catch (error) {
        logger.warn(
          { err: error, partition: held.partition, advice: 'It is looked at again; check the checkpoint store.' },
          'Follower could not be kept up',
        );
      }
    }
  }

  return {
    round,
    async run(signal) {
      let nextMs = 0;
      for (;;) {
        await runtime.sleep(Math.min(STALLED_INTERVAL_MS, options.intervalMs), signal);
        if (signal.aborted) return;
        const nowMs = runtime.monotonicMs();
        const due = nowMs >= nextMs;
        if (!due && !table.inPhase('following').some(({ stalled }) => stalled)) continue;
        if (due) nextMs = nowMs + options.intervalMs;
        await round();
      }
    },
  };
}
