import type { PlacementSource } from '@isotherm/placement';
import { IsothermError } from '@isotherm/service-kit';

/** Keeps out what is older than what the shard has seen already. */
export interface EpochFence {
  /** Highest epoch seen, in a table or a call. */
  readonly highest: number;
  /** Notes the epoch of a call. @throws STALE_EPOCH if it is lower than the highest. */
  admit(epoch: number): void;
}

/** Creates a fence over a shard's placement. */
export function createEpochFence(placement: PlacementSource): EpochFence {
  let called = 0;
  const highest = () => Math.max(called, placement.current().epoch);
  return {
    get highest() {
      return highest();
    },
    admit(epoch) {
      const seen = highest();
      if (epoch < seen) throw staleEpoch(epoch, seen);
      called = epoch;
    },
  };
}

function staleEpoch(epoch: number, seen: number): IsothermError {
  return new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'STALE_EPOCH',
    message: `The call acts for epoch ${epoch}, this shard has seen ${seen}.`,
    advice: 'Read the placement again: somebody else moves partitions, or has moved them since.',
    metadata: { epoch: String(epoch), seen: String(seen) },
  });
}
