import type { Placement, PlacementHolder } from '@isotherm/placement';
import { abortAfter, type Runtime } from '@isotherm/runtime';
import { IsothermError, type Logger } from '@isotherm/service-kit';
import type { PlacementFollower } from '../partition/follow-placement.ts';
import type { Ownership, ReleasedPartition } from '../partition/ownership.ts';
import type { EpochFence } from './epoch-fence.ts';
import { invalidRequest } from './invalid-request.ts';

/** A partition to own, once what lies before an offset is applied. */
export interface WantedPartition {
  readonly partition: number;
  /** Undefined: the end of the log when the call arrives. */
  readonly releaseOffset: number | undefined;
}

/** What became of it. */
export interface AcquireResult {
  readonly partition: number;
  readonly owned: boolean;
  /** Why not; empty where it is owned. */
  readonly reason: string;
}

/** What whoever moves partitions asks of a shard. A call of an epoch lower than the highest seen throws STALE_EPOCH. */
export interface ShardControl {
  /** Highest epoch that the shard has seen. */
  readonly epoch: number;
  /** @throws PLACEMENT_MISMATCH */
  setPlacement(table: Placement): void;
  /** Begins to follow, and does not wait for it. */
  follow(epoch: number, partitions: readonly number[]): void;
  /** @returns those that the shard had, in the order asked. */
  release(epoch: number, partitions: readonly number[], signal: AbortSignal): Promise<readonly ReleasedPartition[]>;
  acquire(epoch: number, wanted: readonly WantedPartition[], signal: AbortSignal): Promise<readonly AcquireResult[]>;
}

/** What {@link createShardControl} acts on. */
export interface ShardControlDeps {
  readonly placement: PlacementHolder;
  readonly partitionCount: number;
  readonly fence: EpochFence;
  readonly ownership: Ownership;
  readonly placementFollower: Pick<PlacementFollower, 'asked'>;
  readonly runtime: Runtime;
  readonly logger: Logger;
}

/** A release does not wait longer for its last checkpoint: its next owner reads a little more of the log instead. */
const LAST_CHECKPOINT_MS = 500;

/** Creates the control of a shard. */
export function createShardControl(deps: ShardControlDeps): ShardControl {
  const { placement, partitionCount, fence, ownership, runtime, logger } = deps;

  function admit(epoch: number, partitions: readonly number[]): void {
    const index = partitions.findIndex((partition) => partition >= partitionCount);
    if (index >= 0) {
      const found = partitions[index];
      throw invalidRequest(`partitions[${index}]`, `is ${found}, but the log has ${partitionCount} partitions`);
    }
    fence.admit(epoch);
    deps.placementFollower.asked(partitions);
  }

  async function own({ partition, releaseOffset }: WantedPartition, signal: AbortSignal): Promise<AcquireResult> {
    try {
      await ownership.acquire(partition, releaseOffset ?? 'end', signal);
      return { partition, owned: true, reason: '' };
    } catch (error) {
      logger.warn({ err: error, partition, advice: 'Acquire it again.' }, 'Partition could not be acquired');
      const why = error instanceof Error ? error.message : String(error);
      return { partition, owned: false, reason: signal.aborted ? 'Its log is not applied yet.' : why };
    }
  }

  return {
    get epoch() {
      return fence.highest;
    },
    setPlacement(table) {
      if (table.partitionCount !== partitionCount) throw mismatch(table.partitionCount, partitionCount);
      fence.admit(table.epoch);
      placement.update(table);
    },
    follow(epoch, partitions) {
      admit(epoch, partitions);
      for (const partition of partitions) {
        ownership.follow(partition).catch((error: unknown) => {
          logger.error({ err: error, partition, advice: 'Follow it again.' }, 'Partition could not be followed');
        });
      }
    },
    async release(epoch, partitions, signal) {
      admit(epoch, partitions);
      const limit = abortAfter(runtime, LAST_CHECKPOINT_MS, signal);
      try {
        const released = await Promise.all(partitions.map((partition) => ownership.release(partition, limit.signal)));
        return released.filter((each) => each !== undefined);
      } finally {
        limit.timer.cancel();
      }
    },
    async acquire(epoch, wanted, signal) {
      admit(
        epoch,
        wanted.map(({ partition }) => partition),
      );
      return await Promise.all(wanted.map((each) => own(each, signal)));
    },
  };
}

function mismatch(found: number, wanted: number): IsothermError {
  return new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'PLACEMENT_MISMATCH',
    message: `The placement has ${found} partitions, the log has ${wanted}.`,
    advice: 'Use the partition count the log was created with.',
  });
}
