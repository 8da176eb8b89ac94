import { INTERVAL_LEVEL } from './forecast-point.ts';

/*
 * How a model did lately for one city and lead: three numbers at `at` in a row of state. The faded sum of absolute
 * errors, the faded count of comparisons, and the half width of the interval (0 before the first comparison).
 */

/** One comparison counts no more than so many mean absolute errors: a day of garbage widens no interval for weeks. */
const MAX_ERRORS = 5;

/** Numbers that a score takes. */
export const SCORE_SIZE = 3;

/** Trailing errors fade by this factor per comparison: half of what counts is younger than two weeks. */
const FADE = Math.exp(-Math.LN2 / 336);

/** A prior counts like so many comparisons: enough to choose by on the first day, gone within a few. */
const PRIOR_WEIGHT = 6;

/** Step of the tracked quantile, in mean absolute errors. Larger follows faster and wobbles more. */
const QUANTILE_STEP = 0.04;

/** 90 % quantile of absolute errors over their mean, to start from: 2.06 for a normal law, more for real ones. */
const QUANTILE_PER_MAE = 2.2;

/** No interval is narrower than this to either side, in °C: what readings are rounded to. */
const MIN_HALF_WIDTH = 0.05;

/**
 * Takes one absolute error in. Allocates nothing.
 * @param widthFactor by what the interval of this forecast was wider than usual; default 1
 */
export function scoreError(
  row: Float32Array,
  at: number,
  absoluteError: number,
  priorMae: number,
  widthFactor = 1,
): void {
  const halfWidth = intervalHalfWidth(row, at, priorMae);
  const step = QUANTILE_STEP * expectedMae(row, at, priorMae);
  row[at] = row[at]! * FADE + Math.min(absoluteError, MAX_ERRORS * expectedMae(row, at, priorMae));
  row[at + 1] = row[at + 1]! * FADE + 1;
  // Quantile tracking (Angelopoulos, Candès and Tibshirani, 2023): widen by level after a miss, narrow by the rest after
  // a hit. In the long run a share of `level` is covered whatever the errors' distribution does.
  const change = absoluteError > halfWidth * widthFactor ? INTERVAL_LEVEL : INTERVAL_LEVEL - 1;
  row[at + 2] = Math.max(halfWidth + step * change, MIN_HALF_WIDTH);
}

/** Mean absolute error to expect, the prior's share in it: for choosing between models. */
export function expectedMae(row: Float32Array, at: number, priorMae: number): number {
  return (row[at]! + PRIOR_WEIGHT * priorMae) / (row[at + 1]! + PRIOR_WEIGHT);
}

/** Trailing mean absolute error as measured; undefined before the first comparison. */
export function measuredMae(row: Float32Array, at: number): number | undefined {
  const count = row[at + 1]!;
  return count > 0 ? row[at]! / count : undefined;
}

/** Half the width of the interval around a forecast. */
export function intervalHalfWidth(row: Float32Array, at: number, priorMae: number): number {
  const tracked = row[at + 2]!;
  return tracked > 0 ? tracked : priorMae * QUANTILE_PER_MAE;
}
