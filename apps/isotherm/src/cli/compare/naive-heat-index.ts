/**
 * The heat index once more, on purpose without a line of packages/domain: what checks a computation must not share it.
 *
 * Formulas: US National Weather Service, Weather Prediction Center, "The Heat Index Equation", and its script.
 */

/** Formula of a comparison. */
export type CompareFormula = 'NWS' | 'ROTHFUSZ';

/** Heat index in °C of a temperature in °C and a relative humidity in percent. */
export function naiveHeatIndex(formula: CompareFormula, celsius: number, humidityPercent: number): number {
  const t = celsius * 1.8 + 32;
  const r = Math.min(100, humidityPercent);
  const index = formula === 'ROTHFUSZ' ? regression(t, r) : weatherService(t, r);
  return (index - 32) / 1.8;
}

function weatherService(t: number, r: number): number {
  if (t <= 40) return t;
  const simple = 0.5 * (t + 61 + 1.2 * (t - 68) + 0.094 * r);
  if (simple < 79) return simple;
  let index = regression(t, r);
  if (r <= 13 && t >= 80 && t <= 112) index -= ((13 - r) / 4) * Math.sqrt((17 - Math.abs(t - 95)) / 17);
  if (r > 85 && t >= 80 && t <= 87) index += ((r - 85) / 10) * ((87 - t) / 5);
  return index;
}

function regression(t: number, r: number): number {
  return (
    -42.379 +
    2.04901523 * t +
    10.14333127 * r -
    0.22475541 * t * r -
    0.00683783 * t * t -
    0.05481717 * r * r +
    0.00122874 * t * t * r +
    0.00085282 * t * r * r -
    0.00000199 * t * t * r * r
  );
}
