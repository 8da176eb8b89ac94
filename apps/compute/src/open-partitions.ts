import type { CheckpointStore } from '@isotherm/checkpoint';
import type { Log } from '@isotherm/log';
import type { Placement } from '@isotherm/placement';
import { IsothermError, type Logger } from '@isotherm/service-kit';
import { openPartition } from './open-partition.ts';
import type { PartitionRuntime } from './partition-runtime.ts';

/** What opening a shard's partitions needs. */
export interface OpenPartitionsDeps {
  /** Name of the shard, as in the placement. */
  readonly name: string;
  readonly placement: Placement;
  readonly log: Log;
  readonly checkpoints: CheckpointStore;
  readonly logger: Logger;
}

/** Takes every partition the placement gives to the shard, one after the other. */
export async function openPartitions(deps: OpenPartitionsDeps): Promise<Map<number, PartitionRuntime>> {
  const { placement, name, log, checkpoints, logger } = deps;
  const shard = placement.shards.indexOf(name);
  const owned = placement.owners.flatMap((owner, partition) => (owner === shard ? [partition] : []));
  const extents = await log.extents();
  const runtimes = new Map<number, PartitionRuntime>();
  for (const partition of owned) {
    const extent = extents[partition];
    if (extent === undefined) {
      throw new IsothermError({
        code: 'FAILED_PRECONDITION',
        id: 'PLACEMENT_MISMATCH',
        message: `The placement names partition ${partition}, the log has ${log.partitionCount}.`,
        advice: 'Use the partition count the log was created with.',
      });
    }
    runtimes.set(partition, await openPartition({ log, checkpoints, owner: name, logger }, partition, extent));
  }
  return runtimes;
}
