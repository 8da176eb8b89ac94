import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WORLD_HALF_HEIGHT, WORLD_HALF_WIDTH } from './equal-earth.ts';
import { createSpatialGrid } from './spatial-grid.ts';

const place = fc.tuple(
  fc.float({ min: Math.fround(-WORLD_HALF_WIDTH), max: Math.fround(WORLD_HALF_WIDTH), noNaN: true }),
  fc.float({ min: Math.fround(-WORLD_HALF_HEIGHT), max: Math.fround(WORLD_HALF_HEIGHT), noNaN: true }),
);

describe('finding the nearest city', () => {
  it('equals looking at every one', () => {
    fc.assert(
      fc.property(
        fc.array(place, { maxLength: 200 }),
        place,
        fc.integer({ min: 1, max: 400 }),
        (places, at, radius) => {
          const xs = Float32Array.from(places, ([x]) => x);
          const ys = Float32Array.from(places, ([, y]) => y);
          const distances = places.map((_, i) => ((xs[i] ?? 0) - at[0]) ** 2 + ((ys[i] ?? 0) - at[1]) ** 2);
          const nearest = Math.min(...distances);
          const found = createSpatialGrid(xs, ys, places.length).nearest(at[0], at[1], radius);
          if (nearest > radius ** 2) expect(found).toBeUndefined();
          else expect(distances[found ?? -1]).toBe(nearest);
        },
      ),
    );
  });

  it('leaves out cities without coordinates, and those not wanted', () => {
    const grid = createSpatialGrid(Float32Array.of(Number.NaN, 10, 11), Float32Array.of(Number.NaN, 10, 10), 3);
    expect(grid.nearest(9, 10, 100)).toBe(1);
    expect(grid.nearest(9, 10, 100, (index) => index !== 1)).toBe(2);
  });
});
