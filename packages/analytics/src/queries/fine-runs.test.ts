import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fineRuns } from './fine-runs.ts';

describe('fineRuns', () => {
  it('joins adjoining quarters', () => {
    expect(fineRuns([1_800, 900, 2_700, 9_000], 6)).toEqual([
      { from: 900, to: 3_600 },
      { from: 9_000, to: 9_900 },
    ]);
  });

  it('bridges the shortest gaps when there are too many runs', () => {
    expect(fineRuns([0, 1_800, 9_000, 90_000], 2)).toEqual([
      { from: 0, to: 9_900 },
      { from: 90_000, to: 90_900 },
    ]);
  });

  it('covers every quarter, in order, without overlap, within the limit', () => {
    const quarters = fc.array(fc.integer({ min: 0, max: 200 }).map((i) => i * 900));
    fc.assert(
      fc.property(quarters, fc.integer({ min: 1, max: 6 }), (all, maxRuns) => {
        const runs = fineRuns(all, maxRuns);
        expect(runs.length).toBeLessThanOrEqual(maxRuns);
        for (const quarter of all)
          expect(runs.filter((run) => run.from <= quarter && quarter < run.to)).toHaveLength(1);
        for (const [i, run] of runs.entries()) expect(run.from).toBeGreaterThan(runs[i - 1]?.to ?? -1);
      }),
    );
  });
});
