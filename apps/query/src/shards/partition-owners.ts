import type { MovedPartition } from '@isotherm/contracts/compute/v1/compute_service';
import { type PlacementSource, standbyNames } from '@isotherm/placement';
import { IsothermError } from '@isotherm/service-kit';
import type { ShardClient } from './shard-client.ts';
import type { ShardClients } from './shard-clients.ts';

/** What a refusal says of a partition. */
export type Moved = Pick<MovedPartition, 'partition' | 'owner' | 'address' | 'epoch'>;

/** Who owns a partition, by the placement and by what shards have said since. */
export interface PartitionOwners {
  /** Undefined while the placement names no shard that is known. */
  ownerOf(partition: number): ShardClient | undefined;
  /** Shards that follow the partition. */
  standbysOf(partition: number): readonly ShardClient[];
  /** A shard has said who owns a partition: that holds until a table comes that is as new. */
  note(moved: Moved): void;
  /** Resolves when the table changes, after `ms`, or when the signal fires. */
  changed(ms: number, signal: AbortSignal): Promise<void>;
}

/** Creates it over a placement. */
export function createPartitionOwners(placement: PlacementSource, clients: ShardClients): PartitionOwners {
  const told = new Map<number, Moved>();
  clients.onChange(() => {
    const { epoch } = placement.current();
    for (const [partition, moved] of told) if (Number(moved.epoch) <= epoch) told.delete(partition);
  });

  return {
    ownerOf(partition) {
      const moved = told.get(partition);
      if (moved !== undefined) return clients.named(moved.owner, moved.address);
      const { shards, owners } = placement.current();
      return clients.get(shards[owners[partition] ?? -1] ?? '');
    },
    standbysOf: (partition) => standbyNames(placement.current(), partition).flatMap((name) => clients.get(name) ?? []),
    note(moved) {
      const newer =
        Number(moved.epoch) > Math.max(placement.current().epoch, Number(told.get(moved.partition)?.epoch ?? 0));
      if (!newer) return;
      if (moved.owner !== '') told.set(moved.partition, moved);
      placement.refresh?.();
    },
    changed(ms, signal) {
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          stop();
          signal.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        const stop = clients.onChange(done);
        if (signal.aborted) done();
        else signal.addEventListener('abort', done, { once: true });
      });
    },
  };
}

/** What a refused call says of the partition it was about; undefined for other errors. */
export function movedOf(error: unknown): Moved | undefined {
  if (!(error instanceof IsothermError)) return undefined;
  if (error.id !== 'CITY_MOVED' && error.id !== 'PARTITION_NOT_READY') return undefined;
  const { partition = '-1', owner = '', address = '', epoch = '0' } = error.metadata;
  return { partition: Number(partition), owner, address, epoch: BigInt(epoch) };
}
