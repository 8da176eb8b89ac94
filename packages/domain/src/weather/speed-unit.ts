/** SpeedUnit of isotherm.type.v1. */
export const SpeedUnit = { METERS_PER_SECOND: 1, KILOMETERS_PER_HOUR: 2, MILES_PER_HOUR: 3, KNOTS: 4 } as const;
export type SpeedUnit = (typeof SpeedUnit)[keyof typeof SpeedUnit];

/** Metres of a unit's distance over seconds of its time. A mile is 1,609.344 m, a nautical mile 1,852 m, both exactly. */
const MPS_PER_UNIT = {
  [SpeedUnit.METERS_PER_SECOND]: 1,
  [SpeedUnit.KILOMETERS_PER_HOUR]: 1000 / 3600,
  [SpeedUnit.MILES_PER_HOUR]: 1609.344 / 3600,
  [SpeedUnit.KNOTS]: 1852 / 3600,
} as const;

/** A speed in m/s as the unit wanted. NaN stays NaN. */
export function speedIn(mps: number, unit: SpeedUnit): number {
  return unit === SpeedUnit.KILOMETERS_PER_HOUR ? mps * 3.6 : mps / MPS_PER_UNIT[unit];
}

/** A speed in the given unit as m/s. */
export function speedFrom(value: number, unit: SpeedUnit): number {
  return unit === SpeedUnit.KILOMETERS_PER_HOUR ? value / 3.6 : value * MPS_PER_UNIT[unit];
}
