import { celsiusToKelvin, ZERO_CELSIUS_KELVIN } from './temperature-unit.ts';

/** Humidex (Masterton and Richardson, 1979), as Environment Canada computes it from temperature and dew point, both in °C. */
export function humidex(tempCelsius: number, dewPointCelsius: number): number {
  const vapourPressureHpa =
    6.11 * Math.exp(5417.753 * (1 / ZERO_CELSIUS_KELVIN - 1 / celsiusToKelvin(dewPointCelsius)));
  return tempCelsius + 0.5555 * (vapourPressureHpa - 10);
}
