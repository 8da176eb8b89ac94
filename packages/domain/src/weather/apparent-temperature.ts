import type { HeatIndexKernel } from './heat-index.ts';
import { fahrenheitToCelsius } from './temperature-unit.ts';
import { windChillCelsius } from './wind-chill.ts';

/** From here on, 80 °F, it feels as hot as the heat index says. A hair lower, for temperatures converted from °F. */
const HEAT_INDEX_MIN_CELSIUS = fahrenheitToCelsius(80) - 1e-9;

/**
 * What it feels like, in °C: the wind chill where it is defined, else the heat index from 80 °F on, else the temperature.
 * Without humidity (NaN) a hot temperature is returned as it is. NaN only without temperature.
 */
export function apparentTemperatureCelsius(
  heatIndex: HeatIndexKernel,
  values: { readonly tempCelsius: number; readonly humidityPercent: number; readonly windMps: number },
): number {
  const chill = windChillCelsius(values.tempCelsius, values.windMps);
  if (!Number.isNaN(chill)) return chill;
  if (values.tempCelsius >= HEAT_INDEX_MIN_CELSIUS) {
    const index = heatIndex(values.tempCelsius, values.humidityPercent);
    if (!Number.isNaN(index)) return index;
  }
  return values.tempCelsius;
}
