import {
  CITY_STRING_BIT,
  MISSING_CENTI,
  NO_PRODUCER,
  type ObservationsRecord,
  type ValueColumn,
} from '@isotherm/records';

/** City id of a row. */
export function cityIdOfRow(record: ObservationsRecord, row: number): string {
  const ref = record.cityRef[row] ?? 0;
  return ref >= CITY_STRING_BIT ? (record.cityStrings[ref - CITY_STRING_BIT] ?? '') : String(ref);
}

/** Sensor id of a row; empty without one. */
export function sensorIdOfRow(record: ObservationsRecord, row: number): string {
  const index = record.sensor?.[row] ?? 0;
  return index === 0 ? '' : (record.sensorStrings[index - 1] ?? '');
}

/** Value of a row in its unit; NaN where it is missing. */
export function valueOfRow(column: ValueColumn, row: number): number {
  const value = column.values[row] ?? Number.NaN;
  if (column.kind === 'wide') return value;
  return value === MISSING_CENTI ? Number.NaN : value / 100;
}

/** Observation time of a row, ms since the epoch. */
export function observedMsOfRow(record: ObservationsRecord, row: number): number {
  return record.baseMs + (record.observedOffsetMs[row] ?? 0);
}

/** Tenant of a slice. */
export function tenantOfSlice(record: ObservationsRecord, slice: number): string {
  return record.tenants[record.slices.tenant[slice] ?? 0] ?? '';
}

/** Producer id of a slice; empty without one. */
export function producerIdOfSlice(record: ObservationsRecord, slice: number): string {
  const index = record.slices.producer[slice] ?? NO_PRODUCER;
  return index === NO_PRODUCER ? '' : (record.producers[index]?.id ?? '');
}

/** First row and row after the last one of a slice. */
export function rowsOfSlice(record: ObservationsRecord, slice: number): readonly [number, number] {
  return [slice === 0 ? 0 : (record.slices.rowEnd[slice - 1] ?? 0), record.slices.rowEnd[slice] ?? 0];
}
