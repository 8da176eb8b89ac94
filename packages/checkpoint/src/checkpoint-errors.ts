import { IsothermError } from '@isotherm/service-kit';

/** Somebody else took the partition. */
export function claimLost(partition: number, term: number, greater: number): IsothermError {
  return new IsothermError({
    code: 'ABORTED',
    id: 'CLAIM_LOST',
    message: `Partition ${partition} is claimed with term ${greater}; term ${term} is no longer good.`,
    advice: 'Stop working on the partition: another owner has it.',
    metadata: { partition: String(partition), term: String(term), greater: String(greater) },
  });
}

/** A delta has nothing to be applied on. */
export function baseMissing(partition: number, reason: string): IsothermError {
  return new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'CHECKPOINT_BASE_MISSING',
    message: `The changes of partition ${partition} cannot be added to its checkpoint: ${reason}.`,
    advice: 'Commit the full state instead.',
    metadata: { partition: String(partition) },
  });
}

/** The store was used after it was closed. */
export function checkpointsClosed(): IsothermError {
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: 'CHECKPOINTS_CLOSED',
    message: 'The checkpoint store is closed.',
  });
}
