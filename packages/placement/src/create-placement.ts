import type { Placement } from './placement.ts';
import { rendezvousScore } from './rendezvous.ts';
import { assertPlacementInputs } from './validate-placement.ts';

/** What a first placement is made of. */
export interface CreatePlacementOptions {
  /** Names of the shards, each once, at least one. Their order does not matter to who owns what. */
  readonly shards: readonly string[];
  readonly partitionCount: number;
  /** Default 1. */
  readonly epoch?: number;
}

/**
 * A first placement: every partition goes to the shard that wants it most by rendezvous hashing among those that still
 * have room: no two shards differ by more than one partition. Depends on the names alone.
 * @throws RangeError if the inputs are not valid.
 */
export function createPlacement(options: CreatePlacementOptions): Placement {
  const { shards, partitionCount, epoch = 1 } = options;
  assertPlacementInputs({ shards, partitionCount, epoch });
  const share = Math.floor(partitionCount / shards.length);
  let extras = partitionCount % shards.length;
  const owned = new Array<number>(shards.length).fill(0);
  const hasRoom = (shard: number): boolean => owned[shard]! < share || (owned[shard] === share && extras > 0);
  const owners: number[] = [];
  for (let partition = 0; partition < partitionCount; partition++) {
    const scores = shards.map((shard) => rendezvousScore(shard, partition));
    let best = -1;
    for (let shard = 0; shard < shards.length; shard++) {
      if (hasRoom(shard) && (best < 0 || scores[shard]! > scores[best]!)) best = shard;
    }
    if (owned[best] === share) extras--;
    owned[best]!++;
    owners.push(best);
  }
  return { epoch, partitionCount, shards: [...shards], owners };
}
