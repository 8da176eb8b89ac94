/*
 * Mean absolute errors in °C to start from, by knot of lead (1, 2, 3, 4, 6, 8, 12, 18, 24 h), of the 30 cities outside
 * Israel of samples/owm36 (Kaggle, Historical hourly weather data 2012–2017, ODbL).
 */

/** Persistence. */
export const PERSISTENCE_PRIOR_MAE: readonly number[] = [0.85, 1.61, 2.33, 3.0, 4.17, 5.05, 5.86, 4.72, 2.74];

/** The same hour yesterday. */
export const SAME_HOUR_PRIOR_MAE: readonly number[] = Array.from({ length: 9 }, () => 2.74);

/** The regression while it is new to a city: far ahead it must first show that it knows better than yesterday. */
export const REGRESSION_PRIOR_MAE: readonly number[] = [0.65, 0.95, 1.2, 1.45, 1.8, 2.0, 2.35, 2.7, 2.9];

/** The mean of regression and the same hour yesterday. */
export const BLEND_PRIOR_MAE: readonly number[] = [1.5, 1.6, 1.7, 1.85, 2.0, 2.15, 2.4, 2.6, 2.75];

/** The same of heat indices in hours of 80 °F or more. */
export const HEAT_PERSISTENCE_PRIOR_MAE: readonly number[] = [1.3, 2.2, 3.1, 4.0, 5.7, 6.8, 7.9, 6.0, 2.4];
export const HEAT_SAME_HOUR_PRIOR_MAE: readonly number[] = Array.from({ length: 9 }, () => 2.4);
export const HEAT_REGRESSION_PRIOR_MAE: readonly number[] = [1.0, 1.25, 1.45, 1.65, 1.9, 2.05, 2.3, 2.5, 2.6];
export const HEAT_BLEND_PRIOR_MAE: readonly number[] = [1.4, 1.5, 1.6, 1.7, 1.9, 2.0, 2.15, 2.3, 2.4];
