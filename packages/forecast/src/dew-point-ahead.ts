import { dewPointAt } from './city-history.ts';
import { dewClimateAt } from './climate.ts';

/** Time in which a departure of the dew point from what is usual fades, in hours: air masses stay for days. */
const FADE_HOURS = 96;

/**
 * Dew point forecast in °C: what is usual at that hour and what is left of the present departure from it. Before the hour
 * of the day was measured: the present one. NaN without a present one.
 */
export function dewPointAhead(row: Float32Array, hour: number, lead: number): number {
  const now = dewPointAt(row, hour);
  const [usualNow, usualThen] = [dewClimateAt(row, hour), dewClimateAt(row, hour + lead)];
  if (Number.isNaN(usualNow + usualThen)) return now;
  return usualThen + Math.exp(-lead / FADE_HOURS) * (now - usualNow);
}
