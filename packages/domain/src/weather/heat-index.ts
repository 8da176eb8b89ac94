import { celsiusToFahrenheit, fahrenheitToCelsius } from './temperature-unit.ts';

/** HeatIndexFormula of isotherm.type.v1. */
export const HeatIndexFormula = { NWS: 1, ROTHFUSZ: 2 } as const;
export type HeatIndexFormula = (typeof HeatIndexFormula)[keyof typeof HeatIndexFormula];

/** A formula by the name that settings and answers use. */
export type HeatIndexFormulaName = keyof typeof HeatIndexFormula;

/** Heat index in °C of air at `tempCelsius` and `humidityPercent` (0–100). NaN if either is NaN. Allocates nothing. */
export type HeatIndexKernel = (tempCelsius: number, humidityPercent: number) => number;

/**
 * The nine-term regression of Rothfusz (NWS Technical Attachment SR 90-23, 1990) alone, in °F: no thresholds, no
 * adjustments. Below about 80 °F it is no longer meaningful; older systems use it everywhere.
 */
export function rothfuszFahrenheit(t: number, rh: number): number {
  return (
    -42.379 +
    2.04901523 * t +
    10.14333127 * rh -
    0.22475541 * t * rh -
    0.00683783 * t * t -
    0.05481717 * rh * rh +
    0.00122874 * t * t * rh +
    0.00085282 * t * rh * rh -
    0.00000199 * t * t * rh * rh
  );
}

/**
 * The heat index of the US National Weather Service in °F, as the script on the page of its Weather Prediction Center
 * computes it (https://www.wpc.ncep.noaa.gov/html/heatindex.shtml): up to 40 °F the temperature; while the simple average
 * stays below 79 °F that average; otherwise Rothfusz with the adjustments for dry and for humid air.
 *
 * The page's text says 80 °F where its script compares the average with 79; the script wins here. MetPy applies the
 * adjustments to the simple average as well (80 °F at 10 % gives 77.91 there); the script does not (78.17), and so
 * neither does this.
 */
export function nwsHeatIndexFahrenheit(t: number, rh: number): number {
  if (t <= 40) return rh >= 0 ? t : Number.NaN;
  const simple = 0.5 * (t + 61 + 1.2 * (t - 68) + 0.094 * rh);
  if (simple < 79) return simple;
  const heatIndex = rothfuszFahrenheit(t, rh);
  if (rh <= 13 && t >= 80 && t <= 112) {
    return heatIndex - ((13 - rh) / 4) * Math.sqrt((17 - Math.abs(t - 95)) / 17);
  }
  if (rh > 85 && t >= 80 && t <= 87) {
    return heatIndex + ((rh - 85) / 10) * ((87 - t) / 5);
  }
  return heatIndex;
}

function nwsHeatIndexCelsius(tempCelsius: number, humidityPercent: number): number {
  return fahrenheitToCelsius(nwsHeatIndexFahrenheit(celsiusToFahrenheit(tempCelsius), humidityPercent));
}

function rothfuszCelsius(tempCelsius: number, humidityPercent: number): number {
  return fahrenheitToCelsius(rothfuszFahrenheit(celsiusToFahrenheit(tempCelsius), humidityPercent));
}

/**
 * The kernel of a formula: resolve once, call per observation. Always by way of °F, (F − 32) / 1.8, so that every place
 * that computes an index gets the same bits.
 */
export function heatIndexCelsius(formula: HeatIndexFormulaName): HeatIndexKernel {
  switch (formula) {
    case 'NWS':
      return nwsHeatIndexCelsius;
    case 'ROTHFUSZ':
      return rothfuszCelsius;
  }
}
