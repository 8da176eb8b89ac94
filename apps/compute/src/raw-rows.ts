import type { RawRows } from '@isotherm/analytics';
import type { Exception } from '@isotherm/domain';
import type { ObservationsRecord } from '@isotherm/records';
import { cityIdOfRow, observedMsOfRow, rowsOfSlice, sensorIdOfRow, valueOfRow } from './record-rows.ts';

/** A record and what is wrong with it. */
export interface RawRowsSource {
  readonly partition: number;
  readonly offset: number;
  readonly record: ObservationsRecord;
  readonly exceptions: readonly Exception[];
}

/** The record's rows that are in the results: without slices that were skipped, and without late rows. */
export function rawRowsOf({ partition, offset, record, exceptions }: RawRowsSource): RawRows {
  const excluded = excludedRows(record, exceptions);
  const size = record.rowCount - (excluded?.size ?? 0);
  const rows = {
    partition,
    rowCount: size,
    cityIds: new Array<string>(size),
    sensorIds: new Array<string>(size),
    observedMs: new Float64Array(size),
    temperatureCelsius: new Float64Array(size),
    humidityPercent: new Float64Array(size),
    windMps: new Float64Array(size),
    offset: new Float64Array(size).fill(offset),
    row: new Uint32Array(size),
    stampMs: new Float64Array(size).fill(record.stampMs),
  };
  let to = 0;
  for (let row = 0; row < record.rowCount; row++) {
    if (excluded?.has(row)) continue;
    rows.cityIds[to] = cityIdOfRow(record, row);
    rows.sensorIds[to] = sensorIdOfRow(record, row);
    rows.observedMs[to] = observedMsOfRow(record, row);
    rows.temperatureCelsius[to] = valueOfRow(record.temperature, row);
    rows.humidityPercent[to] = valueOfRow(record.humidity, row);
    rows.windMps[to] = valueOfRow(record.wind, row);
    rows.row[to] = row;
    to++;
  }
  return rows;
}

function excludedRows(record: ObservationsRecord, exceptions: readonly Exception[]): ReadonlySet<number> | undefined {
  if (exceptions.length === 0) return undefined;
  const excluded = new Set<number>();
  for (const { kind, slice, row } of exceptions) {
    if (kind === 'rejected') continue;
    if (row >= 0) excluded.add(row);
    else {
      const [from, to] = slice >= 0 ? rowsOfSlice(record, slice) : [0, record.rowCount];
      for (let r = from; r < to; r++) excluded.add(r);
    }
  }
  return excluded;
}
