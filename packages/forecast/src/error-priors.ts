/*
 * Mean absolute errors in °C to start from, pooled over the 30 cities outside Israel of samples/owm36 from its third month on
 * (Kaggle, Historical hourly weather data 2012–2017, ODbL).
 */

/** Persistence, by lead 1 to 24 at index lead − 1. */
export const PERSISTENCE_PRIOR_MAE: readonly number[] = [
  0.85, 1.61, 2.33, 3.0, 3.62, 4.17, 4.65, 5.05, 5.38, 5.62, 5.78, 5.86, 5.85, 5.77, 5.61, 5.37, 5.07, 4.72, 4.33, 3.91,
  3.5, 3.12, 2.83, 2.74,
];

/** The same hour yesterday, at any lead. */
export const SAME_HOUR_PRIOR_MAE = 2.74;
