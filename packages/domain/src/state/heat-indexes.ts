import { MISSING_CENTI, type ObservationsRecord, type ValueColumn } from '@isotherm/records';
import type { HeatIndexKernel } from '../weather/heat-index.ts';

let heatIndexes = new Float64Array(1024);

/**
 * Heat index of each row, NaN where temperature or humidity is missing; valid until the next call. It is all that
 * applying a record takes from outside, and computed before anything changes: where it throws, the state is as it was.
 */
export function heatIndexesOf(kernel: HeatIndexKernel, record: ObservationsRecord): Float64Array<ArrayBuffer> {
  const { rowCount, temperature, humidity } = record;
  if (heatIndexes.length < rowCount) heatIndexes = new Float64Array(rowCount * 2);
  if (temperature.kind === 'centi' && humidity.kind === 'centi') {
    fillFromCenti(kernel, temperature.values, humidity.values, rowCount);
  } else {
    for (let row = 0; row < rowCount; row++) {
      const t = valueAt(temperature, row);
      const h = valueAt(humidity, row);
      heatIndexes[row] = Number.isNaN(t) || Number.isNaN(h) ? Number.NaN : kernel(t, h > 100 ? 100 : h);
    }
  }
  return heatIndexes;
}

/** The usual case, without a choice per value. */
function fillFromCenti(kernel: HeatIndexKernel, temperature: Int16Array, humidity: Int16Array, rowCount: number): void {
  for (let row = 0; row < rowCount; row++) {
    const t = temperature[row]!;
    const h = humidity[row]!;
    heatIndexes[row] =
      t === MISSING_CENTI || h === MISSING_CENTI ? Number.NaN : kernel(t / 100, h > 10_000 ? 100 : h / 100);
  }
}

function valueAt(column: ValueColumn, row: number): number {
  const value = column.values[row]!;
  if (column.kind === 'wide') return value;
  return value === MISSING_CENTI ? Number.NaN : value / 100;
}
