import { describe, expect, it } from 'vitest';
import { createPrng } from './prng.ts';

describe('seeded numbers', () => {
  it('are the same for the same seed and others for another', () => {
    const draw = (seed: number) => {
      const prng = createPrng(seed);
      return Array.from({ length: 5 }, () => prng.uint32());
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('are spread evenly', () => {
    const prng = createPrng(42);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) counts[prng.below(10)]! += 1;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    let sum = 0;
    for (let i = 0; i < 100_000; i++) sum += prng.float();
    expect(sum / 100_000).toBeCloseTo(0.5, 2);
  });

  it('of a fork do not depend on later draws', () => {
    const a = createPrng(7);
    const b = createPrng(7);
    const forkA = a.fork();
    const forkB = b.fork();
    b.uint32();
    expect(forkA.uint32()).toBe(forkB.uint32());
    expect(a.pick(['only'])).toBe('only');
    expect(() => a.pick([])).toThrow('empty');
    expect(a.chance(1)).toBe(true);
    expect(a.chance(0)).toBe(false);
  });
});
