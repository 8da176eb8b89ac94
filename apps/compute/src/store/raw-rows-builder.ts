import type { RawRows } from '@isotherm/analytics';
import type { Exception } from '@isotherm/domain';
import { CITY_STRING_BIT, type ObservationsRecord } from '@isotherm/records';
import { observedMsOfRow, rowsOfSlice, sensorIdOfRow, valueOfRow } from './record-rows.ts';

/** A record and what is wrong with it. */
export interface RawRowsSource {
  readonly offset: number;
  /** When it was appended, by the log. */
  readonly appendMs: number;
  readonly record: ObservationsRecord;
  readonly exceptions: readonly Exception[];
}

/** Gathers the raw rows of a partition over many records, in columns. */
export interface RawRowsBuilder {
  readonly rowCount: number;
  /** Adds the record's rows that are in the results: without slices that were skipped, and without late rows. */
  add(source: RawRowsSource): void;
  /** The rows so far; valid until the next `add`. The builder starts anew. */
  take(): RawRows;
}

/** Creates the builder of a partition; its memory is used again. */
export function createRawRowsBuilder(partition: number): RawRowsBuilder {
  let columns = newColumns(4096);
  let rowCount = 0;
  let cities = new Map<number | string, number>();
  let sensors = new Map<string, number>([['', 0]]);

  function add({ offset, appendMs, record, exceptions }: RawRowsSource): void {
    const excluded = excludedRows(record, exceptions);
    if (columns.city.length < rowCount + record.rowCount) columns = grow(columns, rowCount, record.rowCount);
    for (let row = 0; row < record.rowCount; row++) {
      if (excluded?.has(row)) continue;
      columns.city[rowCount] = indexOf(cities, cityKey(record, row));
      columns.sensor[rowCount] = record.sensor === undefined ? 0 : indexOf(sensors, sensorIdOfRow(record, row));
      columns.observedMs[rowCount] = observedMsOfRow(record, row);
      columns.temperatureCelsius[rowCount] = valueOfRow(record.temperature, row);
      columns.humidityPercent[rowCount] = valueOfRow(record.humidity, row);
      columns.windMps[rowCount] = valueOfRow(record.wind, row);
      columns.offset[rowCount] = offset;
      columns.row[rowCount] = row;
      columns.stampMs[rowCount] = appendMs;
      rowCount++;
    }
  }

  return {
    get rowCount() {
      return rowCount;
    },
    add,
    take() {
      const rows = {
        partition,
        rowCount,
        ...columns,
        cityIds: [...cities.keys()].map(String),
        sensorIds: [...sensors.keys()],
      };
      rowCount = 0;
      cities = new Map();
      sensors = new Map([['', 0]]);
      return rows;
    },
  };
}

type Columns = ReturnType<typeof newColumns>;

function newColumns(capacity: number) {
  return {
    city: new Uint32Array(capacity),
    sensor: new Uint32Array(capacity),
    observedMs: new Float64Array(capacity),
    temperatureCelsius: new Float64Array(capacity),
    humidityPercent: new Float64Array(capacity),
    windMps: new Float64Array(capacity),
    offset: new Float64Array(capacity),
    row: new Uint32Array(capacity),
    stampMs: new Float64Array(capacity),
  };
}

function grow(columns: Columns, used: number, more: number): Columns {
  const larger = newColumns(Math.max(columns.city.length * 2, used + more));
  for (const name of Object.keys(columns) as (keyof Columns)[]) larger[name].set(columns[name].subarray(0, used));
  return larger;
}

/** A numeric id stands for itself; other ids are the record's strings. */
function cityKey(record: ObservationsRecord, row: number): number | string {
  const ref = record.cityRef[row] ?? 0;
  return ref >= CITY_STRING_BIT ? (record.cityStrings[ref - CITY_STRING_BIT] ?? '') : ref;
}

function indexOf<Key>(indices: Map<Key, number>, key: Key): number {
  let index = indices.get(key);
  if (index === undefined) {
    index = indices.size;
    indices.set(key, index);
  }
  return index;
}

function excludedRows(record: ObservationsRecord, exceptions: readonly Exception[]): ReadonlySet<number> | undefined {
  if (exceptions.length === 0) return undefined;
  const excluded = new Set<number>();
  for (const { kind, slice, row } of exceptions) {
    if (kind === 'rejected' || kind === 'replay') continue;
    if (row >= 0) excluded.add(row);
    else {
      const [from, to] = slice >= 0 ? rowsOfSlice(record, slice) : [0, record.rowCount];
      for (let r = from; r < to; r++) excluded.add(r);
    }
  }
  return excluded;
}
