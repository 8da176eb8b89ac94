import { create } from '@bufbuild/protobuf';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { type Observation, ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';
import type { DecodedColumn, DecodedColumns } from './decoded-columns.ts';

/** Rows as columns with dictionaries of their own. A row without time, or with an impossible one, has the offset NaN; sub-millisecond parts are dropped. */
export function columnsOfRows(rows: readonly Observation[]): DecodedColumns {
  const cities = createDictionary();
  const sensors = createDictionary();
  const cityIndex = new Uint32Array(rows.length);
  const sensorIndex = new Uint32Array(rows.length);
  const observedOffsetMs = new Float64Array(rows.length);
  rows.forEach((row, index) => {
    cityIndex[index] = cities.indexOf(row.cityId);
    sensorIndex[index] = row.sensorId === '' ? 0 : 1 + sensors.indexOf(row.sensorId);
    observedOffsetMs[index] = timeOf(row.observeTime);
  });
  return {
    cities: cities.texts,
    cityIndex,
    baseMs: 0,
    observedOffsetMs,
    temperature: columnOf(rows, (row) => row.temperatureCelsius),
    humidity: columnOf(rows, (row) => row.relativeHumidityPercent),
    wind: columnOf(rows, (row) => row.windSpeedMps),
    sensors: sensors.texts,
    sensorIndex: sensors.texts.length === 0 ? new Uint32Array() : sensorIndex,
  };
}

/** A row of columns as a message; `cities` and `sensors` are the whole dictionaries. An index outside them gives an empty id. */
export function rowOfColumns(
  columns: DecodedColumns,
  row: number,
  dictionaries: { readonly cities: readonly string[]; readonly sensors: readonly string[] },
): Observation {
  const sensor = columns.sensorIndex[row] ?? 0;
  const observedMs = columns.baseMs + (columns.observedOffsetMs[row] ?? Number.NaN);
  const observation = create(ObservationSchema, {
    cityId: dictionaries.cities[columns.cityIndex[row] ?? -1] ?? '',
    sensorId: sensor === 0 ? '' : (dictionaries.sensors[sensor - 1] ?? ''),
  });
  const observeTime = timestampOf(observedMs);
  if (observeTime !== undefined) observation.observeTime = observeTime;
  const temperature = valueAt(columns.temperature, row);
  if (temperature !== undefined) observation.temperatureCelsius = temperature;
  const humidity = valueAt(columns.humidity, row);
  if (humidity !== undefined) observation.relativeHumidityPercent = humidity;
  const wind = valueAt(columns.wind, row);
  if (wind !== undefined) observation.windSpeedMps = wind;
  return observation;
}

/** All rows of columns. */
export function rowsOfColumns(
  columns: DecodedColumns,
  dictionaries: { readonly cities: readonly string[]; readonly sensors: readonly string[] } = columns,
): Observation[] {
  return Array.from(columns.cityIndex, (_, row) => rowOfColumns(columns, row, dictionaries));
}

/** Value of a row; undefined: not measured. */
export function valueAt(column: DecodedColumn, row: number): number | undefined {
  const value = column.values.length > 0 ? column.values[row] : undefined;
  const unscaled = column.unscaled.length > 0 ? column.unscaled[row] : undefined;
  const measured = value ?? (unscaled === undefined ? undefined : unscaled / 10 ** column.scale);
  return measured === undefined || isMissing(column.missingRows, row) ? undefined : measured;
}

function isMissing(missingRows: Uint32Array, row: number): boolean {
  let low = 0;
  let high = missingRows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (missingRows[middle]! < row) low = middle + 1;
    else high = middle;
  }
  return missingRows[low] === row;
}

function columnOf(rows: readonly Observation[], pick: (row: Observation) => number | undefined): DecodedColumn {
  const values = new Float64Array(rows.length);
  const missing: number[] = [];
  rows.forEach((row, index) => {
    const value = pick(row);
    if (value === undefined) missing.push(index);
    else values[index] = value;
  });
  return { scale: 0, unscaled: new Int32Array(), values, missingRows: Uint32Array.from(missing) };
}

function timeOf(time: Timestamp | undefined): number {
  if (time === undefined || time.nanos < 0 || time.nanos > 999_999_999) return Number.NaN;
  return Number(time.seconds) * 1000 + Math.floor(time.nanos / 1e6);
}

function timestampOf(
  ms: number,
): { seconds: bigint; nanos: number; $typeName: 'google.protobuf.Timestamp' } | undefined {
  if (!Number.isSafeInteger(ms)) return undefined;
  const seconds = Math.floor(ms / 1000);
  return { $typeName: 'google.protobuf.Timestamp', seconds: BigInt(seconds), nanos: (ms - seconds * 1000) * 1e6 };
}

function createDictionary() {
  const texts: string[] = [];
  const indexes = new Map<string, number>();
  return {
    texts: texts as readonly string[],
    indexOf(text: string): number {
      const known = indexes.get(text);
      if (known !== undefined) return known;
      indexes.set(text, texts.length);
      return texts.push(text) - 1;
    },
  };
}
