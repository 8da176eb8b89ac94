import { CORRECTION_FEATURES, CORRECTION_WEIGHTS, COVARIANCE, GAIN_RING, issueAt } from './city-row.ts';

/*
 * What a city does differently from the pool: recursive least squares on the pool's residuals with a few features. All
 * leads share one covariance, since it depends on the features alone: the gain is computed when a forecast is made, kept,
 * and used when its outcome is known.
 */

/** Factor by which the past fades an hour. */
const FADE = 0.9998;

/** Variance of weights to start from. The trace never grows past its first value, or long runs of like hours blow it up. */
const FIRST_VARIANCE = 0.003;
const MAX_TRACE = CORRECTION_FEATURES * FIRST_VARIANCE;

const covariance = new Float64Array(CORRECTION_FEATURES * CORRECTION_FEATURES);
const covarianceX = new Float64Array(CORRECTION_FEATURES);

/** A correction that corrects nothing yet. */
export function blankCorrection(row: Float32Array): void {
  for (let i = 0; i < CORRECTION_FEATURES; i++) row[COVARIANCE + (i * (i + 3)) / 2] = FIRST_VARIANCE;
}

/** Takes in the features of a forecast made at an hour: updates the covariance and keeps the gain. Allocates nothing. */
export function keepGain(row: Float32Array, hour: number, x: Float64Array): void {
  const n = CORRECTION_FEATURES;
  for (let i = 0, at = COVARIANCE; i < n; i++) {
    for (let j = 0; j <= i; j++, at++) {
      covariance[i * n + j] = row[at]!;
      covariance[j * n + i] = row[at]!;
    }
  }
  let scale = FADE;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += covariance[i * n + j]! * x[j]!;
    covarianceX[i] = sum;
    scale += sum * x[i]!;
  }
  const gain = issueAt(GAIN_RING, hour, n);
  let trace = 0;
  for (let i = 0; i < n; i++) {
    row[gain + i] = covarianceX[i]! / scale;
    trace += (covariance[i * n + i]! - (covarianceX[i]! * covarianceX[i]!) / scale) / FADE;
  }
  const cap = trace > MAX_TRACE ? MAX_TRACE / trace : 1;
  for (let i = 0, at = COVARIANCE; i < n; i++) {
    for (let j = 0; j <= i; j++, at++) {
      row[at] = ((covariance[i * n + j]! - (covarianceX[i]! * covarianceX[j]!) / scale) / FADE) * cap;
    }
  }
}

/** The correction of a forecast at a knot. */
export function correctionAt(row: Float32Array, x: Float64Array, knot: number): number {
  const weights = CORRECTION_WEIGHTS + knot * CORRECTION_FEATURES;
  let sum = 0;
  for (let i = 0; i < CORRECTION_FEATURES; i++) sum += row[weights + i]! * x[i]!;
  return sum;
}

/** Takes in by how much the corrected forecast made at an hour missed. */
export function learnMiss(row: Float32Array, hour: number, knot: number, miss: number): void {
  const weights = CORRECTION_WEIGHTS + knot * CORRECTION_FEATURES;
  const gain = issueAt(GAIN_RING, hour, CORRECTION_FEATURES);
  for (let i = 0; i < CORRECTION_FEATURES; i++) row[weights + i]! += row[gain + i]! * miss;
}
