import { heatIndexCelsius, relativeHumidityPercent } from '@isotherm/domain';
import { regressionAt } from './candidates.ts';
import { dewPointAt, temperatureAt } from './city-history.ts';
import {
  HEAT_BLEND_SCORES,
  HEAT_PERSISTENCE_SCORES,
  HEAT_REGRESSION_SCORES,
  HEAT_SAME_HOUR_SCORES,
} from './city-row.ts';
import { dewPointAhead } from './dew-point-ahead.ts';
import {
  HEAT_BLEND_PRIOR_MAE,
  HEAT_PERSISTENCE_PRIOR_MAE,
  HEAT_REGRESSION_PRIOR_MAE,
  HEAT_SAME_HOUR_PRIOR_MAE,
} from './error-priors.ts';
import { expectedMae, SCORE_SIZE, scoreError } from './error-score.ts';
import { MAX_LEAD_HOURS } from './forecast-point.ts';
import { atLead, KNOT_LEADS, KNOTS } from './lead-knots.ts';

/*
 * Heat indices are forecast by models of their own, chosen by their own trailing error in warm hours: what is best for
 * the temperature is not best for a product of temperature and humidity.
 */

/** Heat index of a temperature and a dew point, all in °C. */
export type HeatOf = (temperatureCelsius: number, dewPointCelsius: number) => number;

/** Makes a {@link HeatOf} of a kernel over relative humidity in %. */
export function heatOfDewPoint(kernel: (temperatureCelsius: number, humidityPercent: number) => number): HeatOf {
  return (temperature, dewPoint) => kernel(temperature, relativeHumidityPercent(temperature, dewPoint));
}

/** Only from here on (80 °F) are heat indices more than temperatures, and compared. */
const WARM_CELSIUS = 26.67;
const scoredHeat = heatOfDewPoint(heatIndexCelsius('NWS'));

/** In the order of preference among equals; that of {@link forecastAll}. */
const HEAT_CANDIDATES = [
  { scores: HEAT_PERSISTENCE_SCORES, priorMae: HEAT_PERSISTENCE_PRIOR_MAE },
  { scores: HEAT_SAME_HOUR_SCORES, priorMae: HEAT_SAME_HOUR_PRIOR_MAE },
  { scores: HEAT_REGRESSION_SCORES, priorMae: HEAT_REGRESSION_PRIOR_MAE },
  { scores: HEAT_BLEND_SCORES, priorMae: HEAT_BLEND_PRIOR_MAE },
] as const;

/** What the models say, one after the other: persistence, same hour yesterday, regression, the mean of the latter two. */
const said = new Float64Array(HEAT_CANDIDATES.length);

/** Fills {@link said} with the forecasts issued after an hour, NaN where there is none. */
function forecastAll(row: Float32Array, hour: number, lead: number, heatOf: HeatOf): void {
  said[0] = heatAt(row, hour, heatOf);
  said[1] = heatAt(row, hour + lead - MAX_LEAD_HOURS, heatOf);
  said[2] = heatOf(regressionAt(row, hour, lead), dewPointAhead(row, hour, lead));
  said[3] = (said[2] + said[1]) / 2;
}

/** Holds what each model would have said of an hour's heat index against what it was. Call before the climate learns it. */
export function scoreHeat(row: Float32Array, hour: number, temperature: number, dewPoint: number): void {
  const actual = scoredHeat(temperature, dewPoint);
  if (!(actual >= WARM_CELSIUS)) return;
  for (let knot = 0; knot < KNOTS; knot++) {
    const lead = KNOT_LEADS[knot]!;
    forecastAll(row, hour - lead, lead, scoredHeat);
    for (const [model, { scores, priorMae }] of HEAT_CANDIDATES.entries()) {
      const error = Math.abs(said[model]! - actual);
      if (!Number.isNaN(error)) scoreError(row, scores + knot * SCORE_SIZE, error, priorMae[knot]!);
    }
  }
}

/** Forecast of the heat index in °C; undefined without humidity, or where no model makes one. */
export function heatIndexAhead(row: Float32Array, hour: number, lead: number, heatOf: HeatOf): number | undefined {
  let best: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  forecastAll(row, hour, lead, heatOf);
  for (const [model, { scores, priorMae }] of HEAT_CANDIDATES.entries()) {
    const value = said[model]!;
    if (Number.isNaN(value)) continue;
    const mae = atLead(lead, (knot) => expectedMae(row, scores + knot * SCORE_SIZE, priorMae[knot]!));
    if (mae < least) {
      best = value;
      least = mae;
    }
  }
  return best;
}

function heatAt(row: Float32Array, hour: number, heatOf: HeatOf): number {
  return heatOf(temperatureAt(row, hour), dewPointAt(row, hour));
}
