export { encodeCityChange, encodeTick } from './encode-control.ts';
export {
  encodeObservations,
  exactCenti,
  numericCityRef,
  type ObservationInput,
  type ReplayInput,
  type SliceInput,
} from './encode-observations.ts';
export {
  CITY_STRING_BIT,
  type CityChangeRecord,
  type LogRecord,
  MISSING_CENTI,
  NO_PRODUCER,
  type ObservationsRecord,
  type Producer,
  type RejectedRow,
  type ReplayColumns,
  type SliceColumns,
  type TickRecord,
  type ValueColumn,
} from './log-record.ts';
export {
  type ObservationsFrame,
  type PlannedObservations,
  planObservations,
  writeObservationsFrame,
} from './observations-frame.ts';
export type { ObservationsLayout } from './observations-layout.ts';
export type { ObservationsTail } from './observations-tail.ts';
export { RecordFormatError, type RecordProblem } from './record-format-error.ts';
export { sealRecord } from './record-header.ts';
export { createRecordReader, type RecordReader, type RecordReaderOptions } from './record-reader.ts';
export { decodeResultSettings, encodeResultSettings, type ResultSettings } from './result-settings.ts';
export { MISSING_DIGEST, rowDigestHigh, rowDigestLow, textDigest, valueDigest, withSensor } from './row-digest.ts';
