import { SpeedUnit, speedFrom } from './speed-unit.ts';

/** Wind chill is defined up to this temperature, in °C. */
export const WIND_CHILL_MAX_CELSIUS = 10;

/** Wind chill is defined above this wind, 3 mph in m/s. */
export const WIND_CHILL_MIN_WIND_MPS = speedFrom(3, SpeedUnit.MILES_PER_HOUR);

/**
 * Wind chill in °C after the index of the US and Canadian weather services (Osczevski and Bluestein, 2005), wind at 10 m.
 * @returns NaN where it is not defined: above 10 °C, at 3 mph or less, or without one of the values.
 */
export function windChillCelsius(tempCelsius: number, windMps: number): number {
  if (!(tempCelsius <= WIND_CHILL_MAX_CELSIUS && windMps > WIND_CHILL_MIN_WIND_MPS)) return Number.NaN;
  const power = (windMps * 3.6) ** 0.16;
  return 13.12 + 0.6215 * tempCelsius + (0.3965 * tempCelsius - 11.37) * power;
}
