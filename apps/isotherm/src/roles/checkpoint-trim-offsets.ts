import type { CheckpointStore, NewestCheckpoint } from '@isotherm/checkpoint';

/** Partitions asked for at once. */
const CONCURRENCY = 8;

/**
 * Offsets that the log must keep, by partition, as the checkpoints say: those of the checkpoint before the newest, so that
 * one that turns out to be damaged can be passed over. A partition is named once two checkpoints of it were seen.
 */
export function checkpointTrimOffsets(
  checkpoints: Pick<CheckpointStore, 'newest'>,
  partitionCount: number,
): () => Promise<ReadonlyMap<number, number>> {
  const newest = new Map<number, NewestCheckpoint>();
  const offsets = new Map<number, number>();

  async function look(partition: number): Promise<void> {
    const found = await checkpoints.newest(partition);
    if (found === undefined) return;
    const before = newest.get(partition);
    if (before !== undefined && before.incarnation === found.incarnation && !isSame(before, found)) {
      offsets.set(partition, Math.min(before.offset, before.sinkCursor));
    }
    newest.set(partition, found);
  }

  return async () => {
    for (let from = 0; from < partitionCount; from += CONCURRENCY) {
      const some = Array.from({ length: Math.min(CONCURRENCY, partitionCount - from) }, (_, index) => from + index);
      await Promise.all(some.map(look));
    }
    return offsets;
  };
}

function isSame(a: NewestCheckpoint, b: NewestCheckpoint): boolean {
  return a.id.term === b.id.term && a.id.number === b.id.number;
}
