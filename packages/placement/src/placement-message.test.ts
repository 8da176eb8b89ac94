import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { PlacementTableSchema } from '@isotherm/contracts/compute/v1/control_service';
import { expect, test } from 'vitest';
import { createPlacement } from './create-placement.ts';
import { placementFromMessage, placementToMessage } from './placement-message.ts';

const table = {
  ...createPlacement({ shards: ['a', 'b'], partitionCount: 4, epoch: 7 }),
  endpoints: [
    { address: 'a:1', controlAddress: 'a:2' },
    { address: 'b:1', controlAddress: '' },
  ],
  draining: [1],
};
const standbys = table.owners.map((owner) => [1 - owner]);

test('a table is the same after it travelled', () => {
  const bytes = toBinary(PlacementTableSchema, placementToMessage({ ...table, standbys }));
  expect(placementFromMessage(fromBinary(PlacementTableSchema, bytes))).toEqual({ ...table, standbys });
});

test('a table that contradicts itself is refused with every reason', () => {
  const message = placementToMessage({ ...table, standbys: [[table.owners[0]!], [9]] });
  message.owners[3] = 5;
  expect(() => placementFromMessage(message)).toThrow(
    "owners[3] is 5, but must be an index into 2 shards; standbys[0] names the partition's owner; standbys[1][0] is 9, but must be an index into 2 shards",
  );
});
