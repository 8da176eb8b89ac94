import { createPrng } from '@isotherm/testkit';
import { describe, expect, it } from 'vitest';
import { KNOT_LEADS, KNOTS } from './lead-knots.ts';
import { createPooledRidge, type PooledRidge } from './pooled-ridge.ts';

const SIZE = 6;

/** Teaches a law, outcome = 0.5 · second feature − 0.3 · third + noise, for some hours of some forecasts each. */
function teach(pool: PooledRidge, hours: number, { perHour = 20, from = 0, seed = 1 } = {}): void {
  const prng = createPrng(seed);
  const x = new Float64Array(SIZE);
  for (let hour = from; hour < from + hours; hour++) {
    pool.advanceTo(hour);
    for (let i = 0; i < perHour; i++) {
      x[0] = 1;
      for (let j = 1; j < SIZE; j++) x[j] = (prng.float() - 0.5) * 8;
      pool.learnFeatures(x);
      const outcome = 0.5 * x[1]! - 0.3 * x[2]! + (prng.float() - 0.5);
      for (let knot = 0; knot < KNOTS; knot++) pool.learnOutcome(x, knot, outcome);
    }
  }
}

const unit = (feature: number) => Float64Array.from({ length: SIZE }, (_, i) => (i === feature ? 1 : 0));

describe('pooled regression', () => {
  it('begins with a departure that fades with the lead', () => {
    const pool = createPooledRidge(SIZE);
    KNOT_LEADS.forEach((lead, knot) => {
      expect(pool.predict(unit(1), knot)).toBeCloseTo(Math.exp(-lead / 36), 9);
      expect(pool.predict(unit(2), knot)).toBe(0);
    });
  });

  it('finds the law behind what it is taught', () => {
    const pool = createPooledRidge(SIZE);
    teach(pool, 1500);
    for (let knot = 0; knot < KNOTS; knot++) {
      expect(pool.predict(unit(1), knot)).toBeCloseTo(0.5, 1);
      expect(pool.predict(unit(2), knot)).toBeCloseTo(-0.3, 1);
      expect(Math.abs(pool.predict(unit(3), knot))).toBeLessThan(0.03);
    }
  });

  it('stays finite over twenty years of hours, whatever stops varying', () => {
    const pool = createPooledRidge(SIZE);
    teach(pool, 500);
    const still = Float64Array.of(1, 0, 0, 0, 0, 0);
    for (let hour = 500; hour < 175_000; hour += 7) {
      pool.advanceTo(hour);
      pool.learnFeatures(still);
      pool.learnOutcome(still, 0, 0.2);
    }
    expect(pool.predict(unit(1), 0)).toBeCloseTo(Math.exp(-1 / 36), 1);
    expect(Math.abs(pool.predict(still, 0))).toBeLessThan(1);
  });

  it('goes on after being saved and restored as if nothing had happened', () => {
    const pool = createPooledRidge(SIZE);
    teach(pool, 50);
    const restored = createPooledRidge(SIZE);
    restored.restore(pool.save());
    for (const each of [pool, restored]) teach(each, 50, { from: 50, seed: 2 });
    expect(restored.save()).toEqual(pool.save());
    expect(pool.save()).toHaveLength(pool.savedSize);
  });
});
