import type { CheckpointStore } from '@isotherm/checkpoint';
import { segmentHeadBytes } from '@isotherm/domain';
import type { Runtime } from '@isotherm/runtime';
import { IsothermError, type Logger } from '@isotherm/service-kit';
import type { HeldPartition } from './held-partition.ts';
import type { PartitionTable } from './partition-table.ts';

/** What checkpointing needs. */
export interface CheckpointerDeps {
  readonly checkpoints: CheckpointStore;
  readonly incarnation: string;
  readonly table: PartitionTable;
  readonly logger: Logger;
  readonly runtime: Runtime;
  /** The partition was taken by another owner: this one must let go of it. */
  claimLost(held: HeldPartition, error: IsothermError): void;
}

/** Options of {@link createCheckpointer}. */
export interface CheckpointerOptions {
  /** Time between two rounds in ms. Default 10,000. */
  readonly intervalMs: number;
  /** Partitions written at the same time. Default 4. */
  readonly concurrency: number;
  /** Segments after which everything is written anew. Default 30. */
  readonly maxSegments: number;
}

/** Deltas of so many bytes are never a reason to write everything. */
const SMALL_BYTES = 65_536;

/** Writes what changed, round by round, and everything once deltas outgrow it. */
export interface Checkpointer {
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** One round over all owned partitions; those that are not begun when the signal aborts are left for recovery to replay. */
  round(signal?: AbortSignal): Promise<void>;
  /** Writes the checkpoint of one partition, after the one that is under way. Rejects if it cannot be written. */
  commit(held: HeldPartition): Promise<void>;
}

/** Creates a checkpointer over the partitions that the shard owns. */
export function createCheckpointer(deps: CheckpointerDeps, options: CheckpointerOptions): Checkpointer {
  /** The last commit of each partition, whatever became of it. */
  const underway = new WeakMap<HeldPartition, Promise<void>>();

  async function write(held: HeldPartition): Promise<void> {
    const { state, forecaster, claim } = held;
    // It may have gone while this commit waited for the one before.
    if (claim === undefined || held.phase === 'gone' || state.appliedOffset === held.checkpointOffset) return;
    const outgrown =
      held.segments >= options.maxSegments || held.deltaBytes > Math.max(state.fullSegmentBytes, SMALL_BYTES);
    const kind = held.needsFullSegment || outgrown ? 'full' : 'delta';
    const { appliedOffset: offset, storedOffset } = state;
    const { sinkCursor } = held;
    const segment = state.takeSegment(kind, forecaster.takeState(kind));
    // What the segment holds is no longer marked as changed: until it is safe, only a full one will do.
    held.needsFullSegment = true;
    const { id, segments } = await deps.checkpoints.commit(claim, {
      kind,
      ...(kind === 'delta' && held.base !== undefined && { base: held.base }),
      segment,
      headBytes: segmentHeadBytes(segment),
      offset,
      sinkCursor,
      storedOffset,
      incarnation: deps.incarnation,
    });
    held.needsFullSegment = false;
    held.base = id;
    held.segments = segments;
    held.deltaBytes = kind === 'full' ? 0 : held.deltaBytes + segment.length;
    held.fallbackNeededFrom = held.neededFrom;
    held.neededFrom = Math.min(offset, sinkCursor);
    held.checkpointOffset = offset;
  }

  function commit(held: HeldPartition): Promise<void> {
    const before = underway.get(held) ?? Promise.resolve();
    const done = before.then(() => write(held));
    underway.set(
      held,
      done.catch(() => undefined),
    );
    return done;
  }

  async function round(signal?: AbortSignal): Promise<void> {
    const queue = deps.table.inPhase('owning').toReversed();
    const worker = async () => {
      for (let held = queue.pop(); held !== undefined && !signal?.aborted; held = queue.pop()) {
        if (held.phase !== 'owning') continue;
        try {
          await commit(held);
        } catch (error) {
          if (error instanceof IsothermError && error.id === 'CLAIM_LOST') deps.claimLost(held, error);
          else {
            deps.logger.error(
              {
                err: error,
                partition: held.partition,
                advice: 'Recovery would start from the one before; check the disk.',
              },
              'Checkpoint could not be written',
            );
          }
        }
      }
    };
    await Promise.all(Array.from({ length: options.concurrency }, worker));
  }

  return {
    round,
    commit,
    async run(signal) {
      while (!signal.aborted) {
        await deps.runtime.sleep(options.intervalMs, signal);
        if (!signal.aborted) await round();
      }
    },
  };
}
