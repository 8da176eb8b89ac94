import { correctionAt, keepGain, learnMiss } from './city-correction.ts';
import { enterHour, temperatureAt } from './city-history.ts';
import {
  BLEND_SCORES,
  CORRECTION_FEATURES,
  FEATURES,
  ISSUED,
  issueAt,
  NEWEST,
  PERSISTENCE_SCORES,
  REGRESSION_SCORES,
  SAME_HOUR_SCORES,
} from './city-row.ts';
import { climateAt, expireClimate, learnClimate } from './climate.ts';
import { BLEND_PRIOR_MAE, PERSISTENCE_PRIOR_MAE, REGRESSION_PRIOR_MAE, SAME_HOUR_PRIOR_MAE } from './error-priors.ts';
import { expectedMae, intervalHalfWidth, SCORE_SIZE, scoreError } from './error-score.ts';
import { beginFeatures, correctionFeatures, endFeatures, hasFeatures, readFeatures } from './features.ts';
import { MAX_LEAD_HOURS } from './forecast-point.ts';
import { scoreHeat } from './heat-candidates.ts';
import { KNOT_LEADS, KNOTS } from './lead-knots.ts';
import type { PooledRidge } from './pooled-ridge.ts';
import { noteSuspect } from './suspect-hour.ts';
import { learnWidth, widthFactor } from './width-by-phase.ts';

/** Larger misses, in mean absolute errors, teach no more than this: a broken sensor must not move a model. */
const MAX_MISS = 5;

/** Features under way. */
const x = new Float64Array(FEATURES);
const corrections = new Float64Array(CORRECTION_FEATURES);

/** An hour's means, NaN for what was not measured. */
export interface Hour {
  readonly hour: number;
  readonly temperature: number;
  readonly dewPoint: number;
  readonly windMps: number;
}

/** Takes an hour of a city in: compares it with what was forecast, learns from it, and forecasts anew. */
export function learnHour(row: Float32Array, pool: PooledRidge, told: Hour): boolean {
  const { hour, windMps } = told;
  if (hour <= row[NEWEST]!) return false;
  // A suspect hour counts as not measured.
  const suspect = noteSuspect(row, hour, told.temperature);
  const temperature = suspect ? Number.NaN : told.temperature;
  const dewPoint = suspect ? Number.NaN : told.dewPoint;
  expireClimate(row, hour);
  enterHour(row, hour, temperature, dewPoint, windMps);
  pool.advanceTo(hour);
  if (Number.isNaN(temperature)) {
    endFeatures(row, hour);
    return true;
  }
  scoreSimple(row, hour, temperature);
  scoreHeat(row, hour, temperature, dewPoint);
  const anomaly = temperature - climateAt(row, hour);
  if (!Number.isNaN(anomaly)) for (let knot = 0; knot < KNOTS; knot++) learnOutcome(row, pool, { hour, knot, anomaly });
  learnClimate(row, hour, temperature, dewPoint);
  if (beginFeatures(row, hour)) issueRegression(row, hour, pool);
  return true;
}

/** Makes the regression's forecasts after an hour and keeps them. */
function issueRegression(row: Float32Array, hour: number, pool: PooledRidge): void {
  readFeatures(row, hour, x);
  pool.learnFeatures(x);
  correctionFeatures(x, corrections);
  keepGain(row, hour, corrections);
  const issued = issueAt(ISSUED, hour, KNOTS);
  for (let knot = 0; knot < KNOTS; knot++) {
    row[issued + knot] = pool.predict(x, knot) + correctionAt(row, corrections, knot);
  }
}

/** Holds what persistence and yesterday would have said against what it was. */
function scoreSimple(row: Float32Array, hour: number, temperature: number): void {
  const sameHourError = Math.abs(temperatureAt(row, hour - MAX_LEAD_HOURS) - temperature);
  for (let knot = 0; knot < KNOTS; knot++) {
    const persistenceError = Math.abs(temperatureAt(row, hour - KNOT_LEADS[knot]!) - temperature);
    if (Number.isNaN(persistenceError)) continue;
    const at = knot * SCORE_SIZE;
    const factor = widthFactor(row, knot, hour);
    scoreError(row, PERSISTENCE_SCORES + at, persistenceError, PERSISTENCE_PRIOR_MAE[knot]!, factor);
    if (Number.isNaN(sameHourError)) continue;
    scoreError(row, SAME_HOUR_SCORES + at, sameHourError, SAME_HOUR_PRIOR_MAE[knot]!, factor);
  }
}

/** Holds the regression's forecast for this hour against what it was, and lets pool and city learn from it. */
function learnOutcome(
  row: Float32Array,
  pool: PooledRidge,
  { hour, knot, anomaly }: { readonly hour: number; readonly knot: number; readonly anomaly: number },
): void {
  const issue = hour - KNOT_LEADS[knot]!;
  if (issue < 0 || !hasFeatures(row, issue)) return;
  const scores = REGRESSION_SCORES + knot * SCORE_SIZE;
  const prior = REGRESSION_PRIOR_MAE[knot]!;
  const limit = MAX_MISS * expectedMae(row, scores, prior);
  const issued = row[issueAt(ISSUED, issue, KNOTS) + knot]!;
  const factor = widthFactor(row, knot, hour);
  const error = Math.abs(anomaly - issued);
  learnWidth(row, knot, hour, error > factor * intervalHalfWidth(row, scores, prior));
  scoreError(row, scores, error, prior, factor);
  const sameHourAnomaly = temperatureAt(row, hour - MAX_LEAD_HOURS) - climateAt(row, hour);
  if (!Number.isNaN(sameHourAnomaly)) {
    const blendScores = BLEND_SCORES + knot * SCORE_SIZE;
    const blendError = Math.abs(anomaly - (issued + sameHourAnomaly) / 2);
    scoreError(row, blendScores, blendError, BLEND_PRIOR_MAE[knot]!, factor);
  }

  readFeatures(row, issue, x);
  const pooled = pool.predict(x, knot);
  const miss = Math.max(-limit, Math.min(limit, anomaly - pooled));
  pool.learnOutcome(x, knot, pooled + miss);
  correctionFeatures(x, corrections);
  learnMiss(row, issue, knot, miss - correctionAt(row, corrections, knot));
}
