import type { DecimalColumn, ObservationColumns } from '@isotherm/contracts/ingest/v1/observation';
import { ABSENT_COLUMN, type DecodedColumn, type DecodedColumns } from './decoded-columns.ts';
import { checkRows, type WireLimits } from './wire-limits.ts';

/** What the generated codec decoded, in typed arrays. @throws WireError if a column is too long. */
export function columnsOfMessage(message: ObservationColumns, limits: WireLimits): DecodedColumns {
  checkRows(Math.max(message.cityIndex.length, message.observedOffsetMs.length, message.sensorIndex.length), limits);
  return {
    cities: message.cities,
    cityIndex: Uint32Array.from(message.cityIndex),
    baseMs: Number(message.baseUnixMs),
    observedOffsetMs: Uint32Array.from(message.observedOffsetMs),
    temperature: columnOfMessage(message.temperatureCelsius, limits),
    humidity: columnOfMessage(message.relativeHumidityPercent, limits),
    wind: columnOfMessage(message.windSpeedMps, limits),
    sensors: message.sensors,
    sensorIndex: Uint32Array.from(message.sensorIndex),
  };
}

function columnOfMessage(message: DecimalColumn | undefined, limits: WireLimits): DecodedColumn {
  if (message === undefined) return ABSENT_COLUMN;
  checkRows(Math.max(message.unscaled.length, message.values.length, message.missingRows.length), limits);
  return {
    scale: message.scale,
    unscaled: Int32Array.from(message.unscaled),
    values: Float64Array.from(message.values),
    missingRows: Uint32Array.from(message.missingRows),
  };
}
