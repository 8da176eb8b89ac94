export type { LetterFailure, LetterRetry, RetryOptions } from './dead-letters/retry-of.ts';
export { PASSING_REASONS, RETRY_DEFAULTS, retryOf } from './dead-letters/retry-of.ts';
export type { PartitionRestore, PartitionStateOptions, RestoredPartition } from './state/create-partition-state.ts';
export { beginRestore, createPartitionState, restorePartitionState } from './state/create-partition-state.ts';
export { DEFAULT_RESULT_SETTINGS } from './state/default-settings.ts';
export type { MetricColumns, MinuteRows, RollingColumns } from './state/minute-rows.ts';
export type {
  CitySnapshot,
  Exception,
  HourObserver,
  MetricAggregate,
  PartitionCounters,
  PartitionState,
  PendingRows,
  RollingSnapshot,
} from './state/partition-state.ts';
export { SegmentFormatError } from './state/segment-format-error.ts';
export { StateMemory } from './state/state-memory.ts';
export { segmentHeadBytes } from './state/write-segment.ts';
export { apparentTemperatureCelsius } from './weather/apparent-temperature.ts';
export { dewPointCelsius, relativeHumidityPercent } from './weather/dew-point.ts';
export type { HeatIndexFormulaName, HeatIndexKernel } from './weather/heat-index.ts';
export {
  HeatIndexFormula,
  heatIndexCelsius,
  nwsHeatIndexFahrenheit,
  rothfuszFahrenheit,
} from './weather/heat-index.ts';
export { humidex } from './weather/humidex.ts';
export { luRompsHeatIndexKelvin } from './weather/lu-romps.ts';
export type { Extremes } from './weather/quality-checks.ts';
export {
  observationQuality,
  PERSISTENCE_MS,
  passesPersistence,
  passesStep,
  passesValidity,
  QUALITY_LIMITS,
} from './weather/quality-checks.ts';
export { QualityFlag, worseQuality } from './weather/quality-flag.ts';
export type { RiskThresholds } from './weather/risk-level.ts';
export { NWS_RISK_CELSIUS, RISK_TOLERANCE_CELSIUS, RiskLevel, riskLevel } from './weather/risk-level.ts';
export { SpeedUnit, speedFrom, speedIn } from './weather/speed-unit.ts';
export {
  celsiusToFahrenheit,
  celsiusToKelvin,
  fahrenheitToCelsius,
  kelvinToCelsius,
  TemperatureUnit,
  temperatureDifferenceIn,
  temperatureFrom,
  temperatureIn,
} from './weather/temperature-unit.ts';
export { wetBulbCelsius } from './weather/wet-bulb.ts';
export { WIND_CHILL_MAX_CELSIUS, WIND_CHILL_MIN_WIND_MPS, windChillCelsius } from './weather/wind-chill.ts';
