import type { PlacementRecord, RecordedShard } from './placement-record.ts';
import type { AcquiredPartition, AcquireOutcome, ShardReport } from './shard-report.ts';

/** How a control call is made. */
export interface ControlCallOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** The control calls of shards, and `setPlacement` of whoever else follows the table. Each rejects with an IsothermError that names the shard. */
export interface ControlCalls {
  getOwnership(shard: RecordedShard, options: ControlCallOptions): Promise<ShardReport>;
  setPlacement(controlAddress: string, record: PlacementRecord, options: ControlCallOptions): Promise<void>;
  follow(
    shard: RecordedShard,
    call: { readonly epoch: number; readonly partitions: readonly number[] },
    options: ControlCallOptions,
  ): Promise<void>;
  /** @returns release offsets by partition, of those that the shard had. */
  release(
    shard: RecordedShard,
    call: { readonly epoch: number; readonly partitions: readonly number[] },
    options: ControlCallOptions,
  ): Promise<ReadonlyMap<number, number>>;
  acquire(
    shard: RecordedShard,
    call: { readonly epoch: number; readonly partitions: readonly AcquiredPartition[] },
    options: ControlCallOptions,
  ): Promise<readonly AcquireOutcome[]>;
}
