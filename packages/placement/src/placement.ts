/** Where a shard answers. */
export interface ShardEndpoint {
  /** host:port of hot reads; empty where it is not known. */
  readonly address: string;
  /** host:port of control calls; empty where there are none. */
  readonly controlAddress: string;
}

/** The versioned table partition → shard. */
export interface Placement {
  /** Rises strictly; a table with a lower epoch is stale. 0: nothing was placed yet. */
  readonly epoch: number;
  readonly partitionCount: number;
  /** Names of the shards. */
  readonly shards: readonly string[];
  /** Owner of each partition: index into `shards`. Empty at epoch 0. */
  readonly owners: readonly number[];
  /** Where each shard answers, in the order of `shards`. Default: known elsewhere, as in one process. */
  readonly endpoints?: readonly ShardEndpoint[];
  /** Indexes of shards that give their partitions away and get none. Default none. */
  readonly draining?: readonly number[];
  /** Warm copies: of each partition the indexes of shards that follow it besides its owner. Default none. */
  readonly standbys?: readonly (readonly number[])[];
}

/** The table before there is one: a shard that knows no more owns nothing. */
export function unplaced(partitionCount: number): Placement {
  return { epoch: 0, partitionCount, shards: [], owners: [] };
}
