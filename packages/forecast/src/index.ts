export type { ForecastModel, ForecastPoint } from './forecast-point.ts';
export { INTERVAL_LEVEL, MAX_LEAD_HOURS } from './forecast-point.ts';
export type { Forecaster, ForecasterOptions } from './forecaster.ts';
export { createForecaster } from './forecaster.ts';
export type { StateKind } from './state-bytes.ts';
