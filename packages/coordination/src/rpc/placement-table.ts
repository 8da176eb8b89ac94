import type { MessageInitShape } from '@bufbuild/protobuf';
import type { PlacementTable, PlacementTableSchema } from '@isotherm/contracts/compute/v1/control_service';
import type { Placement } from '@isotherm/placement';
import { type PlacementRecord, tableOf } from '../placement-record.ts';

/** The table of a record as it is sent. */
export function placementTable(record: PlacementRecord): MessageInitShape<typeof PlacementTableSchema> {
  const table = tableOf(record);
  return {
    epoch: BigInt(record.epoch),
    partitionCount: table.partitionCount,
    shards: record.shards.map((shard) => ({ ...shard })),
    owners: [...table.owners],
    standbys: record.standbys.map((shards) => ({ shards: [...shards] })),
  };
}

/** A table as it was sent, and where its shards answer. */
export function placementOfTable(table: PlacementTable): {
  readonly placement: Placement;
  readonly addresses: ReadonlyMap<string, string>;
} {
  return {
    placement: {
      epoch: Number(table.epoch),
      partitionCount: table.partitionCount,
      shards: table.shards.map(({ name }) => name),
      owners: table.owners,
    },
    addresses: new Map(table.shards.map(({ name, address }) => [name, address])),
  };
}
