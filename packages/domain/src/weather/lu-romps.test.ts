import fc from 'fast-check';
import { expect, it } from 'vitest';
import vectors from './index-vectors.json' with { type: 'json' };
import { luRompsHeatIndexKelvin } from './lu-romps.ts';

it.each(vectors.lu_romps_2025_K)('meets the reference at %f K and humidity %f', (air, humidity, wanted) => {
  expect(luRompsHeatIndexKelvin(air as number, humidity as number)).toBeCloseTo(wanted as number, 6);
});

it('never falls as air gets hotter, and exists at any temperature and humidity', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 200, max: 365, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (air, humidity) => {
        const here = luRompsHeatIndexKelvin(air, humidity);
        expect(here).toBeGreaterThan(100);
        expect(luRompsHeatIndexKelvin(air + 1, humidity)).toBeGreaterThan(here - 1e-6);
      },
    ),
    { numRuns: 60 },
  );
});
