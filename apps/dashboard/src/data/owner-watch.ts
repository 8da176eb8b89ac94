import type { GetStatusResponse } from '@isotherm/contracts/platform/v1/platform_service';

/** Which partitions nobody answers for. */
export interface DownPartitions {
  /** Partitions of the log; undefined until a full status was seen. */
  readonly partitionCount: number | undefined;
  readonly down: ReadonlySet<number>;
  /** Names of shards that did not answer. */
  readonly unreachableShards: readonly string[];
}

/** Nothing known, nothing down. */
export const ALL_UP: DownPartitions = { partitionCount: undefined, down: new Set(), unreachableShards: [] };

/**
 * What a status says about owners. A status with unreachable shards lacks their partitions: those are the ones missing from the
 * count that an earlier, full status gave.
 */
export function downPartitions(before: DownPartitions, status: GetStatusResponse): DownPartitions {
  const answered = new Set(status.shards.flatMap((shard) => shard.partitions.map(({ partition }) => partition)));
  if (status.unreachableShards.length === 0) {
    return { partitionCount: answered.size, down: new Set(), unreachableShards: [] };
  }
  const partitionCount = before.partitionCount ?? Math.max(0, ...answered) + 1;
  const down = new Set<number>();
  for (let partition = 0; partition < partitionCount; partition++) if (!answered.has(partition)) down.add(partition);
  return { partitionCount, down, unreachableShards: status.unreachableShards };
}
