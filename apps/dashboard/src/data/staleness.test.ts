import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FADED_MS, FADED_OPACITY, FRESH_MS, opacityOfAge } from './staleness.ts';

describe('the fading of old readings', () => {
  it('leaves fresh cities as they are and old ones findable', () => {
    expect(opacityOfAge(0)).toBe(1);
    expect(opacityOfAge(-5_000)).toBe(1);
    expect(opacityOfAge(FRESH_MS)).toBe(1);
    expect(opacityOfAge(FADED_MS)).toBe(FADED_OPACITY);
    expect(opacityOfAge(Number.POSITIVE_INFINITY)).toBe(FADED_OPACITY);
  });

  it('never makes an older city brighter', () => {
    fc.assert(
      fc.property(fc.nat(2 * FADED_MS), fc.nat(2 * FADED_MS), (one, other) => {
        expect(opacityOfAge(Math.max(one, other))).toBeLessThanOrEqual(opacityOfAge(Math.min(one, other)));
      }),
    );
  });
});
