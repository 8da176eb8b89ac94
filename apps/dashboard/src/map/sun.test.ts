import { describe, expect, it } from 'vitest';
import { solarElevation, subsolarPoint } from './sun.ts';

describe('where the sun stands', () => {
  // Equinox and solstice of 2026: US Naval Observatory, https://aa.usno.navy.mil/data/Earth_Seasons
  it('crosses the equator at the equinox', () => {
    expect(Math.abs(subsolarPoint(Date.UTC(2026, 2, 20, 14, 46)).latitude)).toBeLessThan(0.02);
  });

  it('reaches the tropic at the solstice', () => {
    expect(subsolarPoint(Date.UTC(2026, 5, 21, 8, 24)).latitude).toBeCloseTo(23.436, 1);
    expect(subsolarPoint(Date.UTC(2026, 11, 21, 20, 50)).latitude).toBeCloseTo(-23.436, 1);
  });

  it('passes Greenwich at noon, give or take the equation of time', () => {
    // Largest on about 3 November: 16 min 26 s early.
    expect(subsolarPoint(Date.UTC(2026, 10, 3, 11, 43, 34)).longitude).toBeCloseTo(0, 0);
  });

  it('is up by day and down by night', () => {
    expect(solarElevation(Date.UTC(2026, 5, 21, 3), 139.7, 35.7)).toBeGreaterThan(70);
    expect(solarElevation(Date.UTC(2026, 5, 21, 15), 139.7, 35.7)).toBeLessThan(-25);
  });
});
