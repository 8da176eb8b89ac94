import { describe } from 'vitest';
import type { CheckpointHarness } from './checkpoint-harness.ts';
import { describeClaiming } from './claiming.ts';
import { describeCommitting } from './committing.ts';
import { describeDamage } from './damage.ts';
import { describePlacing } from './placing.ts';

export type { CheckpointHarness } from './checkpoint-harness.ts';

/** What every adapter of the checkpoint store must do, as tests. Call it in a test file of the adapter. */
export function describeCheckpointConformance(name: string, harness: CheckpointHarness): void {
  describe(`${name} as a checkpoint store`, () => {
    describeClaiming(harness);
    describeCommitting(harness);
    describeDamage(harness);
    describePlacing(harness);
  });
}
