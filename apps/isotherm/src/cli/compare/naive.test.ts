import { describe, expect, it } from 'vitest';
import { naiveHeatIndex } from './naive-heat-index.ts';
import { naiveRolling } from './naive-rolling.ts';

const celsius = (fahrenheit: number) => (fahrenheit - 32) / 1.8;
const inFahrenheit = (formula: 'NWS' | 'ROTHFUSZ', t: number, r: number) =>
  naiveHeatIndex(formula, celsius(t), r) * 1.8 + 32;

describe('the plain heat index', () => {
  it.each([
    [85, 40, 84.32634],
    [90, 50, 94.59694],
    [95, 60, 113.09031],
    [85, 70, 92.7021492],
    [90, 75, 109.4804942],
  ])('is the regression alone for ROTHFUSZ at %d °F and %d %%', (t, r, expected) => {
    expect(inFahrenheit('ROTHFUSZ', t, r)).toBeCloseTo(expected, 5);
  });

  it.each([
    [40, 99, 40],
    [60, 90, 59.93],
    [90, 90, 121.901204],
    [90, 60, 99.6777178],
    [80, 10, 78.17],
  ])('is the weather service’s procedure for NWS at %d °F and %d %%', (t, r, expected) => {
    expect(inFahrenheit('NWS', t, r)).toBeCloseTo(expected, 2);
  });
});

describe('the plain rolling mean', () => {
  it('has both ends closed, as pandas rolling(closed="both")', () => {
    const readings = [0, 1, 3].map((hour) => ({ minute: hour * 60, heatIndex: hour }));
    expect([...naiveRolling(readings, 120)]).toEqual([
      [0, 0],
      [60, 0.5],
      [180, 2],
    ]);
  });

  it('leaves out what was not measured, never as 0, and knows minutes with several readings', () => {
    const readings = [
      { minute: 0, heatIndex: undefined },
      { minute: 5, heatIndex: 10 },
      { minute: 5, heatIndex: 20 },
    ];
    expect([...naiveRolling(readings, 60)]).toEqual([
      [0, undefined],
      [5, 15],
    ]);
  });
});
