import { describe } from 'vitest';
import { describeAppending } from './appending.ts';
import { describeAssigning } from './assigning.ts';
import type { LogHarness } from './log-harness.ts';
import { describeReading } from './reading.ts';
import { describeTrimming } from './trimming.ts';

export type { LogHarness, NewLogOptions } from './log-harness.ts';

/** What every adapter of the log must do, as tests. Call it in a test file of the adapter. */
export function describeLogConformance(name: string, harness: LogHarness): void {
  describe(`${name} as a log`, () => {
    describeAppending(harness);
    describeReading(harness);
    describeAssigning(harness);
    describeTrimming(harness);
  });
}
