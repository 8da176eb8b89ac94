import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heatIndexCelsius, nwsHeatIndexFahrenheit, rothfuszFahrenheit } from './heat-index.ts';
import vectors from './index-vectors.json' with { type: 'json' };
import { celsiusToFahrenheit, fahrenheitToCelsius } from './temperature-unit.ts';

/** The reference states whole degrees, or 7 digits after the point of which the last is not rounded alike everywhere. */
function tolerance(expected: number): number {
  return Number.isInteger(expected) ? 0.5 : 5e-7;
}

describe('heat index of the National Weather Service', () => {
  it.each(vectors.metpy_heat_index_F.cases)('at %d °F and %d % is %d °F', (t = 0, rh = 0, expected = 0) => {
    expect(Math.abs(nwsHeatIndexFahrenheit(t, rh) - expected)).toBeLessThanOrEqual(tolerance(expected));
  });

  it('does not adjust the simple average, as the script of the Weather Prediction Center does not', () => {
    expect(nwsHeatIndexFahrenheit(80, 10)).toBeCloseTo(78.17, 9);
  });

  it('is the temperature up to 40 °F', () => {
    expect(nwsHeatIndexFahrenheit(40, 3)).toBe(40);
    expect(nwsHeatIndexFahrenheit(-40, 100)).toBe(-40);
  });

  it('lowers dry air and raises humid air', () => {
    expect(nwsHeatIndexFahrenheit(95, 5)).toBeCloseTo(rothfuszFahrenheit(95, 5) - 2, 9);
    expect(nwsHeatIndexFahrenheit(82, 95)).toBeCloseTo(rothfuszFahrenheit(82, 95) + 1, 9);
    expect(nwsHeatIndexFahrenheit(113, 5)).toBe(rothfuszFahrenheit(113, 5));
    expect(nwsHeatIndexFahrenheit(88, 95)).toBe(rothfuszFahrenheit(88, 95));
  });
});

describe('bare Rothfusz regression', () => {
  it.each(vectors.rothfusz_only_F.cases)('at %d °F and %d % is %d °F', (t = 0, rh = 0, expected = 0) => {
    expect(rothfuszFahrenheit(t, rh)).toBeCloseTo(expected, 5);
  });

  it('agrees to the last published digit with the older systems it is here for', () => {
    expect(rothfuszFahrenheit(85, 70)).toBeCloseTo(92.7021492, 8);
    expect(rothfuszFahrenheit(90, 75)).toBeCloseTo(109.4804942, 8);
  });
});

describe('kernel', () => {
  it('converts by way of °F', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -92, max: 60, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (t, rh) => {
          expect(heatIndexCelsius('NWS')(t, rh)).toBe(
            fahrenheitToCelsius(nwsHeatIndexFahrenheit(celsiusToFahrenheit(t), rh)),
          );
          expect(heatIndexCelsius('ROTHFUSZ')(t, rh)).toBe(
            fahrenheitToCelsius(rothfuszFahrenheit(celsiusToFahrenheit(t), rh)),
          );
        },
      ),
    );
  });

  it.each(['NWS', 'ROTHFUSZ'] as const)('of %s has no value where one is missing', (formula) => {
    const kernel = heatIndexCelsius(formula);
    for (const t of [-10, 20, 27, 35]) expect(kernel(t, Number.NaN)).toBeNaN();
    expect(kernel(Number.NaN, 50)).toBeNaN();
  });

  it('rises with humidity where it is hot', () => {
    const kernel = heatIndexCelsius('NWS');
    fc.assert(
      fc.property(fc.double({ min: 32, max: 45, noNaN: true }), fc.integer({ min: 20, max: 84 }), (t, rh) => {
        expect(kernel(t, rh + 1)).toBeGreaterThan(kernel(t, rh));
      }),
    );
  });
});
