import { describe, expect, it } from 'vitest';
import { NWS_RISK_CELSIUS, RiskLevel, riskLevel } from './risk-level.ts';
import { celsiusToFahrenheit, fahrenheitToCelsius } from './temperature-unit.ts';

describe('risk level', () => {
  it.each([
    [80, RiskLevel.CAUTION],
    [90, RiskLevel.EXTREME_CAUTION],
    [103, RiskLevel.DANGER],
    [125, RiskLevel.EXTREME_DANGER],
  ])('of exactly %d °F is %d, a hundredth below it is the level before', (fahrenheit, level) => {
    const celsius = fahrenheitToCelsius(fahrenheit);
    expect(riskLevel(celsius)).toBe(level);
    expect(riskLevel(fahrenheitToCelsius(celsiusToFahrenheit(celsius)))).toBe(level);
    expect(riskLevel(Math.floor(celsius * 2 ** 30) / 2 ** 30)).toBe(level);
    expect(riskLevel(celsius - 0.01)).toBe(level - 1);
  });

  it('is unspecified without a heat index', () => {
    expect(riskLevel(Number.NaN)).toBe(RiskLevel.UNSPECIFIED);
  });

  it('takes bounds of its own', () => {
    expect(riskLevel(30, [20, 30, 40, 50])).toBe(RiskLevel.EXTREME_CAUTION);
    expect(riskLevel(Number.POSITIVE_INFINITY)).toBe(RiskLevel.EXTREME_DANGER);
    expect(NWS_RISK_CELSIUS.map((bound) => Math.round(bound * 10) / 10)).toEqual([26.7, 32.2, 39.4, 51.7]);
  });
});
