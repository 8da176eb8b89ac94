import type { MovedPartition } from '@isotherm/contracts/compute/v1/compute_service';
import { endpointOf, type PlacementSource } from '@isotherm/placement';
import { IsothermError } from '@isotherm/service-kit';
import type { PartitionTable } from '../partition/partition-table.ts';

/** What this shard knows of a partition that it does not own. */
export type Elsewhere = Pick<MovedPartition, 'partition' | 'owner' | 'address' | 'epoch'>;

/** What looking takes. */
export interface ElsewhereDeps {
  /** Name of this shard. */
  readonly shard: string;
  readonly placement: PlacementSource;
  readonly table: Pick<PartitionTable, 'phaseOf'>;
  /** Highest epoch that this shard has heard of, in a table or a call. */
  readonly epoch: () => number;
}

/** Who owns a partition that this shard does not. Nobody, as far as it knows, where the placement names this shard. */
export function elsewhere({ shard, placement, epoch }: ElsewhereDeps, partition: number): Elsewhere {
  const table = placement.current();
  const owner = table.shards[table.owners[partition] ?? -1] ?? '';
  if (owner === shard || owner === '') return { partition, owner: '', address: '', epoch: BigInt(epoch()) };
  return { partition, owner, address: endpointOf(table, owner)?.address ?? '', epoch: BigInt(table.epoch) };
}

/** The refusal of a call that is for one partition, which this shard does not own. */
export function notHere(deps: ElsewhereDeps, where: Elsewhere): IsothermError {
  const { partition, owner, address, epoch } = where;
  const metadata = { partition: String(partition), owner, address, epoch: String(epoch) };
  const phase = deps.table.phaseOf(partition);
  if (owner === '' && (phase === 'loading' || phase === 'following')) {
    return new IsothermError({
      code: 'UNAVAILABLE',
      id: 'PARTITION_NOT_READY',
      message: `Partition ${partition} is not owned by shard ${deps.shard} yet: it is ${phase}.`,
      advice: 'Ask again shortly.',
      retryAfterMs: 250,
      metadata,
    });
  }
  return new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'WRONG_SHARD',
    message: `Partition ${partition} belongs to ${owner === '' ? 'no shard that this one knows of' : `shard ${owner}`}.`,
    advice: 'Refresh the placement and ask its owner.',
    metadata,
  });
}
