import type { DeadLetterOutcome } from '../analytics-store.ts';
import type { NativeBlock } from './native-block.ts';

/** Outcomes of one log as one block. */
export function deadLetterOutcomeBlocks(incarnation: bigint, outcomes: readonly DeadLetterOutcome[]): NativeBlock[] {
  if (outcomes.length === 0) return [];
  const numbers = (name: string, of: (outcome: DeadLetterOutcome) => number) =>
    ({ kind: 'numbers', name, type: 'Float64', values: Float64Array.from(outcomes, of) }) as const;
  const integers = (name: string, of: (outcome: DeadLetterOutcome) => number) =>
    ({ kind: 'numbers', name, type: 'UInt32', values: Uint32Array.from(outcomes, of) }) as const;
  return [
    {
      rowCount: outcomes.length,
      columns: [
        integers('partition', (outcome) => outcome.partition),
        numbers('offset', (outcome) => outcome.offset),
        integers('row', (outcome) => outcome.row),
        { kind: 'constant', name: 'incarnation', value: incarnation },
        numbers('at', (outcome) => outcome.at),
        { kind: 'strings', name: 'state', values: outcomes.map((outcome) => outcome.state) },
        integers('attempts', (outcome) => outcome.attempts),
        numbers('nextAttemptMs', (outcome) => outcome.nextAttemptMs ?? Number.NaN),
        integers('reason', (outcome) => outcome.reason),
        { kind: 'strings', name: 'message', values: outcomes.map((outcome) => outcome.message) },
      ],
    },
  ];
}
