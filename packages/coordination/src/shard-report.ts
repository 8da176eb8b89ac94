/** A state of a partition's lifecycle on a shard (ADR 14). */
export type PartitionPhase = 'loading' | 'following' | 'owning' | 'releasing';

/** What a shard says of a partition it holds. */
export interface PartitionReport {
  readonly partition: number;
  readonly phase: PartitionPhase;
  /** Offset after the last record applied. */
  readonly appliedOffset: number;
  /** Offset after the last durable record, as far as the shard knows. */
  readonly endOffset: number;
  /** Age of the oldest record not applied. */
  readonly lagSeconds: number;
  /** Observations applied a second, mean of the last minute. */
  readonly observationsPerSecond: number;
  /** Processor time spent applying, seconds a second, mean of the last minute. */
  readonly busyRatio: number;
  readonly cities: number;
  readonly checkpointOffset: number;
}

/** What a shard says of itself. */
export interface ShardReport {
  readonly shard: string;
  /** Another one after a restart of its process. */
  readonly instanceId: string;
  /** Highest placement epoch it has seen. */
  readonly epoch: number;
  readonly partitions: ReadonlyMap<number, PartitionReport>;
}

/** A partition to own, and how far it must be applied first; undefined: to the end of the log. */
export interface AcquiredPartition {
  readonly partition: number;
  readonly releaseOffset: number | undefined;
}

/** What became of a partition that was to be owned. */
export interface AcquireOutcome {
  readonly partition: number;
  readonly owned: boolean;
  /** Why not; empty where it is owned. */
  readonly reason: string;
}
