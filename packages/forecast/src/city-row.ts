import { SCORE_SIZE } from './error-score.ts';
import { KNOTS } from './lead-knots.ts';

/** Parts of the day (UTC) that have interval widths of their own, each of three hours. */
export const PHASES_OF_DAY = 8;

/** Features of the regression. */
export const FEATURES = 28;
/** Features of a city's own correction to it. */
export const CORRECTION_FEATURES = 8;

/*
 * A city's row of state: float32 numbers at fixed places, about 4.9 KB. Hours since the epoch stay exact in float32
 * until the year 3884.
 */

/** Hours kept of what was measured: a day of features as they were a day ago, rounded up to a power of two. */
export const RING_HOURS = 64;
/** Hours kept of what was forecast: the longest lead. An hour's entry is read before the one 24 h later replaces it. */
export const ISSUE_HOURS = 24;
const HOURS_OF_DAY = 24;

/** Newest hour told of, −1 for none. */
export const NEWEST = 0;
/** Newest hour with a temperature, −1 for none. */
export const NEWEST_WITH_TEMPERATURE = 1;
/** First hour that the climate rests on, −1 for none. */
export const CLIMATE_SINCE = 2;
/** Rings by hour: temperature and dew point in °C, NaN for missing. */
export const TEMPERATURE = 3;
export const DEW_POINT = TEMPERATURE + RING_HOURS;
/** Rings by hour: departures from the climate in °C and wind in units of its own; 0, which says nothing, for missing. */
export const ANOMALY = DEW_POINT + RING_HOURS;
export const DEW_ANOMALY = ANOMALY + RING_HOURS;
export const WIND = DEW_ANOMALY + RING_HOURS;
/** By hour of the day (UTC): faded means in °C, NaN before the first. */
export const CLIMATE = WIND + RING_HOURS;
export const DEW_CLIMATE = CLIMATE + HOURS_OF_DAY;
/** Ring by hour of issue: angle of the hour in the city's day, NaN where the regression made no forecast. */
export const ANGLE = DEW_CLIMATE + HOURS_OF_DAY;
/** Ring by hour of issue: the regression's forecast anomaly by knot. */
export const ISSUED = ANGLE + ISSUE_HOURS;
/** Ring by hour of issue: gain of the city's correction. */
export const GAIN_RING = ISSUED + ISSUE_HOURS * KNOTS;
/** The city's correction: lower triangle of the covariance, then weights by knot. */
export const COVARIANCE = GAIN_RING + ISSUE_HOURS * CORRECTION_FEATURES;
export const CORRECTION_WEIGHTS = COVARIANCE + (CORRECTION_FEATURES * (CORRECTION_FEATURES + 1)) / 2;
/** Scores by knot of each model. */
export const PERSISTENCE_SCORES = CORRECTION_WEIGHTS + KNOTS * CORRECTION_FEATURES;
export const SAME_HOUR_SCORES = PERSISTENCE_SCORES + KNOTS * SCORE_SIZE;
export const REGRESSION_SCORES = SAME_HOUR_SCORES + KNOTS * SCORE_SIZE;
export const BLEND_SCORES = REGRESSION_SCORES + KNOTS * SCORE_SIZE;
/** The same of heat indices. */
export const HEAT_PERSISTENCE_SCORES = BLEND_SCORES + KNOTS * SCORE_SIZE;
export const HEAT_SAME_HOUR_SCORES = HEAT_PERSISTENCE_SCORES + KNOTS * SCORE_SIZE;
export const HEAT_REGRESSION_SCORES = HEAT_SAME_HOUR_SCORES + KNOTS * SCORE_SIZE;
export const HEAT_BLEND_SCORES = HEAT_REGRESSION_SCORES + KNOTS * SCORE_SIZE;
/** By knot, then part of the day: logarithm of what widens intervals there. */
export const WIDTH_FACTORS = HEAT_BLEND_SCORES + KNOTS * SCORE_SIZE;
/** Newest hour whose mean was far from every forecast, and how many such came in a row. */
export const SUSPECT_HOUR = WIDTH_FACTORS + KNOTS * PHASES_OF_DAY;
export const SUSPECT_RUN = SUSPECT_HOUR + 1;
/** Numbers in a row. */
export const ROW_SIZE = SUSPECT_RUN + 1;

/** Place of an hour in a ring of measurements. */
export function ringAt(ring: number, hour: number): number {
  return ring + (hour & (RING_HOURS - 1));
}

/** Place of an hour's entry of `size` numbers in a ring of issues. */
export function issueAt(ring: number, hour: number, size: number): number {
  return ring + (hour % ISSUE_HOURS) * size;
}

/** Makes a row one of a city never seen, but for its correction. */
export function blankMeasurements(row: Float32Array): void {
  row.fill(0);
  row[NEWEST] = -1;
  row[NEWEST_WITH_TEMPERATURE] = -1;
  row[CLIMATE_SINCE] = -1;
  row.fill(Number.NaN, TEMPERATURE, ANOMALY);
  row.fill(Number.NaN, CLIMATE, ISSUED);
}
