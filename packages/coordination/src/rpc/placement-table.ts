import type { MessageInitShape } from '@bufbuild/protobuf';
import type { PlacementTableSchema } from '@isotherm/contracts/compute/v1/control_service';
import { type PlacementRecord, tableOf } from '../placement-record.ts';

/** The table of a record as it is sent. */
export function placementTable(record: PlacementRecord): MessageInitShape<typeof PlacementTableSchema> {
  const table = tableOf(record);
  return {
    epoch: BigInt(record.epoch),
    partitionCount: table.partitionCount,
    shards: record.shards.map((shard) => ({ ...shard })),
    owners: [...table.owners],
    // Until a partition has moved, a copy to be is still its owner.
    standbys: record.standbys.map((shards, partition) => ({
      shards: shards.filter((shard) => shard !== table.owners[partition]),
    })),
  };
}
