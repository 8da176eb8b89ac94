import type { CheckpointStore } from '@isotherm/checkpoint';
import { segmentHeadBytes } from '@isotherm/domain';
import type { Runtime } from '@isotherm/runtime';
import { IsothermError, type Logger } from '@isotherm/service-kit';
import type { PartitionRuntime } from './partition-runtime.ts';

/** What checkpointing needs. */
export interface CheckpointerDeps {
  readonly checkpoints: CheckpointStore;
  readonly incarnation: string;
  readonly runtimes: ReadonlyMap<number, PartitionRuntime>;
  readonly logger: Logger;
  readonly runtime: Runtime;
  /** The partition was taken by another owner: this one must stop. */
  claimLost(partition: number, error: IsothermError): void;
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
  /** One round over all partitions; those that are not begun when the signal aborts are left for recovery to replay. */
  round(signal?: AbortSignal): Promise<void>;
}

/** Creates a checkpointer over the shard's partitions. */
export function createCheckpointer(deps: CheckpointerDeps, options: CheckpointerOptions): Checkpointer {
  async function commit(runtime: PartitionRuntime): Promise<void> {
    const { state, forecaster } = runtime;
    if (state.appliedOffset === runtime.checkpointOffset) return;
    const outgrown =
      runtime.segments >= options.maxSegments || runtime.deltaBytes > Math.max(state.fullSegmentBytes, SMALL_BYTES);
    const kind = runtime.needsFullSegment || outgrown ? 'full' : 'delta';
    const offset = state.appliedOffset;
    const { sinkCursor } = runtime;
    const { storedOffset } = state;
    const segment = state.takeSegment(kind, forecaster.takeState(kind));
    // What the segment holds is no longer marked as changed: until it is safe, only a full one will do.
    runtime.needsFullSegment = true;
    const { segments } = await deps.checkpoints.commit(runtime.claim, {
      kind,
      segment,
      headBytes: segmentHeadBytes(segment),
      offset,
      sinkCursor,
      storedOffset,
      incarnation: deps.incarnation,
    });
    runtime.needsFullSegment = false;
    runtime.segments = segments;
    runtime.deltaBytes = kind === 'full' ? 0 : runtime.deltaBytes + segment.length;
    runtime.fallbackFloor = runtime.checkpointFloor;
    runtime.checkpointFloor = Math.min(offset, sinkCursor);
    runtime.checkpointOffset = offset;
  }

  async function round(signal?: AbortSignal): Promise<void> {
    const queue = [...deps.runtimes.values()];
    const worker = async () => {
      for (let runtime = queue.pop(); runtime !== undefined && !signal?.aborted; runtime = queue.pop()) {
        try {
          await commit(runtime);
        } catch (error) {
          if (error instanceof IsothermError && error.id === 'CLAIM_LOST') deps.claimLost(runtime.partition, error);
          else {
            deps.logger.error(
              {
                err: error,
                partition: runtime.partition,
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
    async run(signal) {
      while (!signal.aborted) {
        await deps.runtime.sleep(options.intervalMs, signal);
        if (!signal.aborted) await round();
      }
    },
  };
}
