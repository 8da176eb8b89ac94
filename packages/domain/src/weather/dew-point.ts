/** Constants of Bolton (1980), The computation of equivalent potential temperature, eq. 10. */
const BOLTON_A = 17.67;
const BOLTON_B_CELSIUS = 243.5;

/** Dew point in °C (Bolton). NaN without a value or at 0 %, where there is none. */
export function dewPointCelsius(tempCelsius: number, humidityPercent: number): number {
  if (!(humidityPercent > 0)) return Number.NaN;
  const gamma = Math.log(humidityPercent / 100) + (BOLTON_A * tempCelsius) / (tempCelsius + BOLTON_B_CELSIUS);
  return (BOLTON_B_CELSIUS * gamma) / (BOLTON_A - gamma);
}

/** Relative humidity in percent of air with that dew point: the inverse of {@link dewPointCelsius}, at most 100. */
export function relativeHumidityPercent(tempCelsius: number, dewPoint: number): number {
  if (dewPoint >= tempCelsius) return 100;
  const exponent =
    (BOLTON_A * dewPoint) / (dewPoint + BOLTON_B_CELSIUS) - (BOLTON_A * tempCelsius) / (tempCelsius + BOLTON_B_CELSIUS);
  return 100 * Math.exp(exponent);
}
