import { MAX_LEAD_HOURS } from './forecast-point.ts';

/*
 * The last hours of a city at the start of its row of state: the newest hour seen, the newest with a temperature
 * (hours since the epoch, −1 for none), then rings of hourly means, NaN where nothing was measured.
 */

/** Hours kept: the longest lead, the hour itself, and some to make the ring a power of two. */
const RING_HOURS = 32;
const RING_MASK = RING_HOURS - 1;

const NEWEST = 0;
const NEWEST_WITH_TEMPERATURE = 1;
const TEMPERATURE = 2;
const DEW_POINT = TEMPERATURE + RING_HOURS;

/** Numbers that a history takes. */
export const HISTORY_SIZE = DEW_POINT + RING_HOURS;

/** Makes a row one of a city never seen. */
export function blankHistory(row: Float64Array): void {
  row[NEWEST] = -1;
  row[NEWEST_WITH_TEMPERATURE] = -1;
  row.fill(Number.NaN, TEMPERATURE, HISTORY_SIZE);
}

/** Enters an hour. @returns false, having changed nothing, for an hour that is not newer than the newest. */
export function enterHour(row: Float64Array, hour: number, temperature: number, dewPoint: number): boolean {
  const newest = row[NEWEST]!;
  if (hour <= newest) return false;
  const firstGap = Math.max(newest + 1, hour - RING_MASK);
  for (let gap = firstGap; gap < hour; gap++) {
    row[TEMPERATURE + (gap & RING_MASK)] = Number.NaN;
    row[DEW_POINT + (gap & RING_MASK)] = Number.NaN;
  }
  row[TEMPERATURE + (hour & RING_MASK)] = temperature;
  row[DEW_POINT + (hour & RING_MASK)] = dewPoint;
  row[NEWEST] = hour;
  if (!Number.isNaN(temperature)) row[NEWEST_WITH_TEMPERATURE] = hour;
  return true;
}

/** Mean temperature of an hour in °C; NaN if it was not measured or is not kept: at least the last 24 h are. */
export function temperatureAt(row: Float64Array, hour: number): number {
  return isKept(row, hour) ? row[TEMPERATURE + (hour & RING_MASK)]! : Number.NaN;
}

/** Dew point of an hour in °C; NaN like {@link temperatureAt}. */
export function dewPointAt(row: Float64Array, hour: number): number {
  return isKept(row, hour) ? row[DEW_POINT + (hour & RING_MASK)]! : Number.NaN;
}

/** The hour that forecasts are issued after: the newest with a temperature, if it is not too old to say anything; else −1. */
export function issueHour(row: Float64Array): number {
  const hour = row[NEWEST_WITH_TEMPERATURE]!;
  return hour >= 0 && row[NEWEST]! - hour < MAX_LEAD_HOURS ? hour : -1;
}

function isKept(row: Float64Array, hour: number): boolean {
  const newest = row[NEWEST]!;
  return hour <= newest && hour > newest - RING_HOURS && hour >= 0;
}
