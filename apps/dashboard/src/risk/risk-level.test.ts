import { RiskLevel } from '@isotherm/contracts/type/v1/weather';
import { describe, expect, it } from 'vitest';
import { MISSING } from '../data/city-table.ts';
import { riskName, riskOfHeatIndex } from './risk-level.ts';

describe('heat risk of a remembered heat index', () => {
  // Lower bounds, inclusive: 80, 90, 103 and 125 °F. https://www.weather.gov/ama/heatindex
  it.each([
    [79.9, RiskLevel.NONE],
    [80, RiskLevel.CAUTION],
    [90, RiskLevel.EXTREME_CAUTION],
    [103, RiskLevel.DANGER],
    [125, RiskLevel.EXTREME_DANGER],
  ])('is right at %d °F', (fahrenheit, level) => {
    expect(riskOfHeatIndex(Math.round(((fahrenheit - 32) / 1.8) * 100))).toBe(level);
  });

  it('is unknown without a heat index', () => {
    expect(riskOfHeatIndex(MISSING)).toBe(RiskLevel.UNSPECIFIED);
    expect(riskName(RiskLevel.UNSPECIFIED)).toBe('Risk unknown');
  });
});
