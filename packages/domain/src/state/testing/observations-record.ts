import {
  CITY_STRING_BIT,
  MISSING_CENTI,
  NO_PRODUCER,
  type ObservationsRecord,
  type Producer,
  type RejectedRow,
  type ReplayColumns,
  type ValueColumn,
} from '@isotherm/records';
import { numericCityRef } from '../city-table.ts';

/** An observation as a test writes it. A value that is left out is missing. */
export interface TestRow {
  readonly city: string;
  readonly observedMs: number;
  readonly t?: number;
  readonly h?: number;
  readonly w?: number;
}

/** A slice as a test writes it. Without a producer it is never deduplicated. */
export interface TestSlice {
  readonly rows: readonly TestRow[];
  /** Default `tenant`. */
  readonly tenant?: string;
  readonly producer?: { readonly id: string; readonly session?: bigint };
  readonly sequence?: number;
  readonly createdAtMs?: number;
  readonly digest?: number;
  /** Rows rejected on arrival. */
  readonly rejected?: number;
}

/** The dead letter of a row. */
export interface TestLetter {
  readonly offset: number;
  readonly row: number;
}

/** Builds a record as the reader of the log would decode it. */
export function observationsRecord(
  slices: readonly TestSlice[],
  options: { readonly wide?: boolean; readonly replay?: readonly TestLetter[] } = {},
): ObservationsRecord {
  const rows = slices.flatMap((slice) => slice.rows);
  const strings = [...new Set(rows.map((row) => row.city).filter((city) => numericCityRef(city) < 0))];
  const baseMs = rows.reduce((least, row) => Math.min(least, row.observedMs), rows[0]?.observedMs ?? 0);
  const offsets = rows.map((row) => row.observedMs - baseMs);
  const producers = producersOf(slices);
  const tenants = [...new Set(slices.map(tenantOf))];
  return {
    kind: 'observations',
    rowCount: rows.length,
    cityRef: Uint32Array.from(rows, ({ city }) => {
      const ref = numericCityRef(city);
      return ref < 0 ? CITY_STRING_BIT + strings.indexOf(city) : ref;
    }),
    cityStrings: strings,
    baseMs,
    observedOffsetMs: offsets.some((offset) => offset > 0xffff_ffff)
      ? Float64Array.from(offsets)
      : Uint32Array.from(offsets),
    temperature: column(
      rows.map((row) => row.t),
      options.wide,
    ),
    humidity: column(
      rows.map((row) => row.h),
      options.wide,
    ),
    wind: column(
      rows.map((row) => row.w),
      options.wide,
    ),
    sensor: undefined,
    sensorStrings: [],
    slices: sliceColumns(slices, tenants, producers),
    tenants,
    producers,
    traceParent: '',
    replay: options.replay === undefined ? undefined : replayColumns(options.replay),
    rejectedRows: slices.flatMap((slice, index) => rejectedRows(index, slice.rejected ?? 0)),
  };
}

function replayColumns(letters: readonly TestLetter[]): ReplayColumns {
  return {
    offset: Float64Array.from(letters, ({ offset }) => offset),
    row: Uint32Array.from(letters, ({ row }) => row),
    attempt: Uint16Array.from(letters, () => 1),
    firstSeenMs: new Float64Array(letters.length),
  };
}

function column(values: readonly (number | undefined)[], wide = false): ValueColumn {
  const fits = (value: number | undefined) =>
    value === undefined || (Math.round(value * 100) / 100 === value && Math.abs(value) <= 327);
  return !wide && values.every(fits)
    ? { kind: 'centi', values: Int16Array.from(values, (v) => (v === undefined ? MISSING_CENTI : Math.round(v * 100))) }
    : { kind: 'wide', values: Float64Array.from(values, (value) => value ?? Number.NaN) };
}

function producersOf(slices: readonly TestSlice[]): Producer[] {
  const producers = new Map<string, Producer>();
  for (const { producer } of slices) {
    if (producer === undefined) continue;
    producers.set(keyOf(producer), { id: producer.id, session: producer.session ?? 1n });
  }
  return [...producers.values()];
}

function keyOf({ id, session = 1n }: { readonly id: string; readonly session?: bigint }): string {
  return `${session}:${id}`;
}

function tenantOf({ tenant = 'tenant' }: TestSlice): string {
  return tenant;
}

function sliceColumns(
  slices: readonly TestSlice[],
  tenants: readonly string[],
  producers: readonly Producer[],
): ObservationsRecord['slices'] {
  let end = 0;
  return {
    count: slices.length,
    tenant: Uint16Array.from(slices, (slice) => tenants.indexOf(tenantOf(slice))),
    producer: Uint16Array.from(slices, ({ producer }) =>
      producer === undefined ? NO_PRODUCER : producers.findIndex((other) => keyOf(other) === keyOf(producer)),
    ),
    rowEnd: Uint32Array.from(slices, ({ rows }) => {
      end += rows.length;
      return end;
    }),
    sequence: Float64Array.from(slices, ({ sequence }) => sequence ?? 0),
    createdAtMs: Float64Array.from(slices, ({ createdAtMs }) => createdAtMs ?? Number.NaN),
    digestLow: Uint32Array.from(slices, ({ digest }) => digest ?? 0),
    digestHigh: Uint32Array.from(slices, ({ digest }) => (digest ?? 0) * 7),
  };
}

function rejectedRows(slice: number, count: number): RejectedRow[] {
  return Array.from({ length: count }, (_, batchRow) => ({
    slice,
    batchRow,
    reason: 1,
    message: 'out of range',
    observation: new Uint8Array(),
  }));
}
