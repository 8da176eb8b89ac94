import { CLIMATE, CLIMATE_SINCE, DEW_CLIMATE, NEWEST } from './city-row.ts';

/*
 * What is usual for a city at an hour of the day: means that fade with about 12 days. The regression forecasts
 * departures from it.
 */

/** Weight of the newest day, once there are more than so many. */
const NEWEST_WEIGHT = 0.08;

/** After so many hours of silence what was usual belongs to another season. */
const KEPT_HOURS = 7 * 24;

/** Forgets what was usual if the city was silent for a week. Call before the hour is entered. */
export function expireClimate(row: Float32Array, hour: number): void {
  if (row[NEWEST]! < 0 || hour - row[NEWEST]! <= KEPT_HOURS) return;
  row[CLIMATE_SINCE] = -1;
  row.fill(Number.NaN, CLIMATE, DEW_CLIMATE + 24);
}

/** Takes an hour in; NaN for what was not measured. */
export function learnClimate(row: Float32Array, hour: number, temperature: number, dewPoint: number): void {
  if (row[CLIMATE_SINCE]! < 0) row[CLIMATE_SINCE] = hour;
  const days = Math.floor((hour - row[CLIMATE_SINCE]!) / 24) + 1;
  const weight = Math.max(NEWEST_WEIGHT, 1 / days);
  fade(row, CLIMATE + (hour % 24), temperature, weight);
  fade(row, DEW_CLIMATE + (hour % 24), dewPoint, weight);
}

/** What is usual at an hour in °C; NaN before that hour of the day was first measured. */
export function climateAt(row: Float32Array, hour: number): number {
  return row[CLIMATE + (hour % 24)]!;
}

/** Dew point that is usual at an hour in °C; NaN like {@link climateAt}. */
export function dewClimateAt(row: Float32Array, hour: number): number {
  return row[DEW_CLIMATE + (hour % 24)]!;
}

/** Whether every hour of the day was measured. */
export function isClimateComplete(row: Float32Array): boolean {
  for (let hour = 0; hour < 24; hour++) if (Number.isNaN(row[CLIMATE + hour]!)) return false;
  return true;
}

const COSINES = Float64Array.from({ length: 24 }, (_, hour) => Math.cos((2 * Math.PI * hour) / 24));
const SINES = Float64Array.from({ length: 24 }, (_, hour) => Math.sin((2 * Math.PI * hour) / 24));

/**
 * Angle of an hour in the city's own day, 0 at its warmest (by the first harmonic of what is usual): makes the hours of
 * cities of all zones alike without knowing where they are.
 */
export function dayAngle(row: Float32Array, hour: number): number {
  let cosine = 0;
  let sine = 0;
  for (let h = 0; h < 24; h++) {
    cosine += row[CLIMATE + h]! * COSINES[h]!;
    sine += row[CLIMATE + h]! * SINES[h]!;
  }
  return (2 * Math.PI * (hour % 24)) / 24 - Math.atan2(sine, cosine);
}

function fade(row: Float32Array, at: number, value: number, weight: number): void {
  if (Number.isNaN(value)) return;
  const before = row[at]!;
  row[at] = Number.isNaN(before) ? value : before + weight * (value - before);
}
