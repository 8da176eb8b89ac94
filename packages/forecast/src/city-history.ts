import {
  ANGLE,
  ANOMALY,
  CLIMATE,
  DEW_ANOMALY,
  DEW_CLIMATE,
  DEW_POINT,
  ISSUE_HOURS,
  issueAt,
  NEWEST,
  NEWEST_WITH_TEMPERATURE,
  RING_HOURS,
  ringAt,
  TEMPERATURE,
  WIND,
} from './city-row.ts';
import { MAX_LEAD_HOURS } from './forecast-point.ts';

/** Wind enters as (speed − 3 m/s) / 2, about as large as the other features. */
const TYPICAL_WIND_MPS = 3;

/** Enters an hour's means, newer than the newest, into the rings; NaN for what was not measured. */
export function enterHour(
  row: Float32Array,
  hour: number,
  temperature: number,
  dewPoint: number,
  windMps: number,
): void {
  const newest = row[NEWEST]!;
  for (let h = Math.max(newest + 1, hour - RING_HOURS + 1); h <= hour; h++) clearHour(row, h);
  for (let h = Math.max(newest + 1, hour - ISSUE_HOURS + 1); h < hour; h++) row[issueAt(ANGLE, h, 1)] = Number.NaN;
  row[NEWEST] = hour;
  row[ringAt(TEMPERATURE, hour)] = temperature;
  row[ringAt(DEW_POINT, hour)] = dewPoint;
  row[ringAt(ANOMALY, hour)] = orNothing(temperature - row[CLIMATE + (hour % 24)]!);
  row[ringAt(DEW_ANOMALY, hour)] = orNothing(dewPoint - row[DEW_CLIMATE + (hour % 24)]!);
  row[ringAt(WIND, hour)] = orNothing((windMps - TYPICAL_WIND_MPS) / 2);
  if (!Number.isNaN(temperature)) row[NEWEST_WITH_TEMPERATURE] = hour;
}

/** Mean temperature of an hour in °C; NaN if it was not measured or is not kept: at least the last 24 h are. */
export function temperatureAt(row: Float32Array, hour: number): number {
  return isKept(row, hour) ? row[ringAt(TEMPERATURE, hour)]! : Number.NaN;
}

/** Dew point of an hour in °C; NaN like {@link temperatureAt}. */
export function dewPointAt(row: Float32Array, hour: number): number {
  return isKept(row, hour) ? row[ringAt(DEW_POINT, hour)]! : Number.NaN;
}

/** The hour that forecasts are issued after: the newest with a temperature, if less than a day before the newest; else −1. */
export function issueHour(row: Float32Array): number {
  const hour = row[NEWEST_WITH_TEMPERATURE]!;
  return hour >= 0 && row[NEWEST]! - hour < MAX_LEAD_HOURS ? hour : -1;
}

function clearHour(row: Float32Array, hour: number): void {
  row[ringAt(TEMPERATURE, hour)] = Number.NaN;
  row[ringAt(DEW_POINT, hour)] = Number.NaN;
  row[ringAt(ANOMALY, hour)] = 0;
  row[ringAt(DEW_ANOMALY, hour)] = 0;
  row[ringAt(WIND, hour)] = 0;
}

function orNothing(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}

function isKept(row: Float32Array, hour: number): boolean {
  const newest = row[NEWEST]!;
  return hour <= newest && hour > newest - RING_HOURS && hour >= 0;
}
