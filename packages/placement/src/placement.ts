/** The versioned table partition → shard. */
export interface Placement {
  /** Rises strictly; a table with a lower epoch is stale. */
  readonly epoch: number;
  readonly partitionCount: number;
  /** Names of the shards. */
  readonly shards: readonly string[];
  /** Owner of each partition: index into `shards`. */
  readonly owners: readonly number[];
}
