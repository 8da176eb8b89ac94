import type { IsothermError } from '@isotherm/service-kit';
import type { RecordOutcome } from './log.ts';

/** The offset of each record of an append. @throws the error of the first one that was not kept */
export function offsetsOf(outcomes: readonly RecordOutcome[]): number[] {
  return outcomes.map((outcome) => {
    if (outcome.kind !== 'kept') throw outcome.error;
    return outcome.offset;
  });
}

/** The error of the first record that was not kept, as far as is known; undefined where all were. */
export function firstFailure(outcomes: readonly RecordOutcome[]): IsothermError | undefined {
  for (const outcome of outcomes) if (outcome.kind !== 'kept') return outcome.error;
  return undefined;
}

/** The numbers of all partitions. */
export function allPartitions(partitionCount: number): number[] {
  return Array.from({ length: partitionCount }, (_, partition) => partition);
}
