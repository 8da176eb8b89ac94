import type { CheckpointStore } from '@isotherm/checkpoint';
import type { Log } from '@isotherm/log';
import { type Placement, partitionsOf } from '@isotherm/placement';
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
  /** Told after each partition that was brought back. Default does nothing. */
  readonly restored?: (done: number, total: number) => void;
}

/** Partitions under way at once: while one is read, the claims of others are synced to the disk. */
const CONCURRENCY = 16;

/** Takes every partition the placement gives to the shard and brings back its state. */
export async function openPartitions(deps: OpenPartitionsDeps): Promise<Map<number, PartitionRuntime>> {
  const { placement, name, log, checkpoints, logger } = deps;
  const owned = partitionsOf(placement, name);
  for (const partition of owned) requireInLog(partition, log.partitionCount);
  const extents = await log.extents(owned);
  const found = new Map<number, PartitionRuntime>();
  const queue = owned.values();
  const open = async (partition: number) => {
    // They were asked for.
    const extent = extents.get(partition)!;
    found.set(partition, await openPartition({ log, checkpoints, owner: name, logger }, partition, extent));
    deps.restored?.(found.size, owned.length);
  };
  const worker = async () => {
    for (const partition of queue) await open(partition);
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, owned.length) }, worker));
  return new Map([...found].sort(([a], [b]) => a - b));
}

function requireInLog(partition: number, partitionCount: number): void {
  if (partition < partitionCount) return;
  throw new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'PLACEMENT_MISMATCH',
    message: `The placement names partition ${partition}, the log has ${partitionCount}.`,
    advice: 'Use the partition count the log was created with.',
  });
}
