export type { IsothermClientOptions, TlsOptions } from './client-options.ts';
export {
  type ClientErrorCode,
  type FieldViolation,
  IsothermClientError,
  type IsothermClientErrorOptions,
} from './errors/client-error.ts';
export type { RetryPolicy } from './errors/retry-policy.ts';
export type { BatchResult, ReadToken, RejectionReason, RowRejection } from './ingest/batch-result.ts';
export type { Observation, ObservationColumns, ValueColumn } from './ingest/observation.ts';
export type { ObservationStream, SentBatch, StreamOptions } from './ingest/observation-stream.ts';
export type { SendOptions } from './ingest/unary-sender.ts';
export { createIsothermClient, type IsothermClient } from './isotherm-client.ts';
export type { CallOptions } from './read/call-options.ts';
export type { City } from './read/city.ts';
export type { CityDirectory, NearCity } from './read/city-directory.ts';
export type { CurrentAnswer, CurrentConditions, CurrentOptions, RollingValues } from './read/current.ts';
export {
  type DeadLetter,
  type DeadLetterCause,
  type DeadLetterId,
  type DeadLetterObservation,
  type DeadLetterReasonName,
  type DeadLetterState,
  deadLetterIdText,
  parseDeadLetterId,
} from './read/dead-letter.ts';
export type {
  DeadLetterCount,
  DeadLetterFilter,
  DeadLetterPurge,
  DeadLetterReplay,
  DeadLetterSelection,
  DeadLetters,
  ListDeadLettersOptions,
} from './read/dead-letter-calls.ts';
export type { Forecast, ForecastOptions, ForecastPoint } from './read/forecast.ts';
export type { HistoryOptions, HistoryPage, HistoryPoint, ResolutionName } from './read/history.ts';
export type { Day, SpanOptions } from './read/instants.ts';
export type { LiveValue, WatchOptions } from './read/live.ts';
export type { MetricName, Ranking, RankingOptions } from './read/ranking.ts';
export type { PartitionStatus, PlatformStats, PlatformStatus, ProducerStatus, ShardStatus } from './read/status.ts';
export type {
  FormulaName,
  QualityName,
  RiskName,
  SpeedUnitName,
  TemperatureUnitName,
  Units,
} from './read/units.ts';
