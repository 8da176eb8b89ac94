import { fahrenheitToCelsius } from './temperature-unit.ts';

/** RiskLevel of isotherm.type.v1. Levels are ordered: a greater number is a greater risk. */
export const RiskLevel = {
  UNSPECIFIED: 0,
  NONE: 1,
  CAUTION: 2,
  EXTREME_CAUTION: 3,
  DANGER: 4,
  EXTREME_DANGER: 5,
} as const;
export type RiskLevel = (typeof RiskLevel)[keyof typeof RiskLevel];

/** Lower bounds of caution, extreme caution, danger and extreme danger in °C, inclusive, rising. */
export type RiskThresholds = readonly [number, number, number, number];

/** The National Weather Service's bounds: 80, 90, 103 and 125 °F. */
export const NWS_RISK_CELSIUS: RiskThresholds = [
  fahrenheitToCelsius(80),
  fahrenheitToCelsius(90),
  fahrenheitToCelsius(103),
  fahrenheitToCelsius(125),
];

/**
 * So far below a bound, in °C, a heat index still reaches it: conversions between °F and °C and sums in steps of 2⁻³⁰ °C
 * must not turn exactly 80 °F into less. A thousand times finer than any sensor.
 */
export const RISK_TOLERANCE_CELSIUS = 1e-6;

/** Risk of a heat index in °C; UNSPECIFIED if it is NaN. */
export function riskLevel(heatIndexCelsius: number, bounds: RiskThresholds = NWS_RISK_CELSIUS): RiskLevel {
  const value = heatIndexCelsius + RISK_TOLERANCE_CELSIUS;
  if (value < bounds[0]) return RiskLevel.NONE;
  if (value < bounds[1]) return RiskLevel.CAUTION;
  if (value < bounds[2]) return RiskLevel.EXTREME_CAUTION;
  if (value < bounds[3]) return RiskLevel.DANGER;
  return value >= bounds[3] ? RiskLevel.EXTREME_DANGER : RiskLevel.UNSPECIFIED;
}
