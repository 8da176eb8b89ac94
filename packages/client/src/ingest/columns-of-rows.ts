import { checkObservation } from './check-observation.ts';
import type { Observation, ObservationColumns, ValueColumn } from './observation.ts';
import { invalidObservation, observedMs } from './observed-time.ts';

/** Offsets of a batch are unsigned 32-bit milliseconds. */
const MAX_SPAN_MS = 0xffff_ffff;

/** The dictionaries of a stream. */
export interface IndexSource {
  cityIndex(cityId: string): number;
  sensorIndex(sensorId: string): number;
}

/**
 * Rows as columns, exactly: hundredths where every value has at most two decimals, float64 otherwise.
 *
 * @throws IsothermClientError INVALID_ARGUMENT if a time is no time, or the rows span more than 49 days.
 */
export function columnsOfRows(rows: readonly Observation[], dictionaries: IndexSource): ObservationColumns {
  rows.forEach(checkObservation);
  const times = rows.map(observedMs);
  const baseUnixMs = times.reduce((low, time) => Math.min(low, time), times[0] ?? 0);
  const spanMs = times.reduce((high, time) => Math.max(high, time), baseUnixMs) - baseUnixMs;
  if (spanMs > MAX_SPAN_MS) {
    throw invalidObservation(
      'observations',
      `The batch spans ${Math.round(spanMs / 86_400_000)} days; split it into batches of at most 49.`,
    );
  }
  const temperature = valueColumn(rows, (row) => row.temperatureCelsius);
  const humidity = valueColumn(rows, (row) => row.relativeHumidityPercent);
  const wind = valueColumn(rows, (row) => row.windSpeedMps);
  const sensors = rows.some((row) => row.sensorId !== undefined && row.sensorId !== '');
  return {
    cityIndex: Uint32Array.from(rows, (row) => dictionaries.cityIndex(row.cityId)),
    baseUnixMs,
    observedOffsetMs: Uint32Array.from(times, (time) => time - baseUnixMs),
    ...(temperature && { temperatureCelsius: temperature }),
    ...(humidity && { relativeHumidityPercent: humidity }),
    ...(wind && { windSpeedMps: wind }),
    ...(sensors && {
      sensorIndex: Uint32Array.from(rows, (row) => (row.sensorId ? dictionaries.sensorIndex(row.sensorId) : 0)),
    }),
  };
}

function valueColumn(
  rows: readonly Observation[],
  read: (row: Observation) => number | undefined,
): ValueColumn | undefined {
  const values = Float64Array.from(rows, (row) => read(row) ?? 0);
  const missingRows = Uint32Array.from(
    [...rows.entries()].flatMap(([index, row]) => (read(row) === undefined ? [index] : [])),
  );
  if (missingRows.length === rows.length) return undefined;
  const unscaled = Int32Array.from(values, (value) => Math.round(value * 100));
  const exact = unscaled.every((hundredths, index) => hundredths / 100 === values[index]);
  return exact ? { scale: 2, unscaled, missingRows } : { values, missingRows };
}
