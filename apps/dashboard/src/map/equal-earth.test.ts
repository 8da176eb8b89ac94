import { geoEqualEarth } from 'd3-geo';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { projectToWorld, WORLD_HALF_HEIGHT, WORLD_HALF_WIDTH, WORLD_SCALE } from './equal-earth.ts';

describe('the projection of cities', () => {
  it('agrees with the projection of the outlines everywhere', () => {
    const reference = geoEqualEarth().scale(WORLD_SCALE).translate([0, 0]);
    fc.assert(
      fc.property(
        fc.double({ min: -179.9, max: 179.9, noNaN: true }),
        fc.double({ min: -89.9, max: 89.9, noNaN: true }),
        (longitude, latitude) => {
          const [x, y] = projectToWorld(longitude, latitude);
          const [expectedX, expectedY] = reference([longitude, latitude]) ?? [Number.NaN, Number.NaN];
          expect(x).toBeCloseTo(expectedX, 6);
          expect(y).toBeCloseTo(expectedY, 6);
        },
      ),
    );
  });

  it('keeps the world within its half extents', () => {
    expect(projectToWorld(180, 0)[0]).toBeCloseTo(WORLD_HALF_WIDTH);
    expect(projectToWorld(0, -90)[1]).toBeCloseTo(WORLD_HALF_HEIGHT);
  });
});
