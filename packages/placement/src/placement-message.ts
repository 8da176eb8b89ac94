import { create } from '@bufbuild/protobuf';
import { type PlacementTable, PlacementTableSchema } from '@isotherm/contracts/compute/v1/control_service';
import type { Placement } from './placement.ts';
import { assertPlacement } from './validate-placement.ts';

/** A placement as isotherm.compute.v1.PlacementTable. */
export function placementToMessage(placement: Placement): PlacementTable {
  const { epoch, partitionCount, shards, owners, endpoints = [], draining = [], standbys = [] } = placement;
  return create(PlacementTableSchema, {
    epoch: BigInt(epoch),
    partitionCount,
    shards: shards.map((name, index) => ({ name, ...endpoints[index], draining: draining.includes(index) })),
    owners: [...owners],
    standbys: standbys.map((indexes) => ({ shards: [...indexes] })),
  });
}

/** The placement of a message. @throws RangeError that lists every problem, if it is none. */
export function placementFromMessage(table: PlacementTable): Placement {
  const placement = {
    epoch: Number(table.epoch),
    partitionCount: table.partitionCount,
    shards: table.shards.map(({ name }) => name),
    owners: table.owners,
    endpoints: table.shards.map(({ address, controlAddress }) => ({ address, controlAddress })),
    draining: table.shards.flatMap(({ draining }, index) => (draining ? [index] : [])),
    standbys: table.standbys.map(({ shards }) => shards),
  };
  assertPlacement(placement);
  return placement;
}
