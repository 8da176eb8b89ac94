export type { FakeClock } from './fake-clock.ts';
export { createFakeClock } from './fake-clock.ts';
export type { LogArbitraryOptions } from './generators/log-arbitrary.ts';
export { logArbitrary } from './generators/log-arbitrary.ts';
export type { BadRow, ValueOptions } from './generators/row-arbitrary.ts';
export { badRowArbitrary, valuesArbitrary } from './generators/row-arbitrary.ts';
export type { Prng } from './prng.ts';
export { createPrng } from './prng.ts';
export { encodeReferenceRecord } from './reference/encode-reference-record.ts';
export type { BatchOutcome } from './reference/reference-dedup.ts';
export type { ReferenceMetric } from './reference/reference-metric.ts';
export { metricOf } from './reference/reference-metric.ts';
export type { ReferenceAggregate, ReferenceResult, RowPosition } from './reference/reference-model.ts';
export { referenceModel } from './reference/reference-model.ts';
export type {
  ReferenceLetter,
  ReferenceObservations,
  ReferenceProducer,
  ReferenceRecord,
  ReferenceRow,
  ReferenceSettings,
  ReferenceSlice,
} from './reference/reference-record.ts';
export { expectedRow, type StoredMetric, type StoredRow, storedRowAt } from './reference/stored-row.ts';
export { TEST_SETTINGS } from './test-settings.ts';
