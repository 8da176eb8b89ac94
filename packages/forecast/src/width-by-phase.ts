import { PHASES_OF_DAY, WIDTH_FACTORS } from './city-row.ts';
import { INTERVAL_LEVEL } from './forecast-point.ts';

/*
 * Forecasts of the morning's rise miss by more than forecasts of the night: the half width of an interval is what fits
 * all hours, times a factor of the part of the day that is forecast. Factors are tracked like the widths themselves, on
 * the regression's errors, as logarithms: 0 is a factor of one.
 */

const HOURS_PER_PHASE = 24 / PHASES_OF_DAY;

/** Step of the tracked logarithm: three outcomes of a phase a day. */
const STEP = 0.03;
/** A factor stays within e^±1: 0.37 to 2.7. */
const LIMIT = 1;

/** Factor of the half width of a forecast of an hour. */
export function widthFactor(row: Float32Array, knot: number, hour: number): number {
  return Math.exp(row[placeOf(knot, hour)]!);
}

/** Takes in whether an hour's outcome lay outside of its interval. */
export function learnWidth(row: Float32Array, knot: number, hour: number, missed: boolean): void {
  const at = placeOf(knot, hour);
  const moved = row[at]! + STEP * (missed ? INTERVAL_LEVEL : INTERVAL_LEVEL - 1);
  row[at] = Math.max(-LIMIT, Math.min(LIMIT, moved));
}

function placeOf(knot: number, hour: number): number {
  return WIDTH_FACTORS + knot * PHASES_OF_DAY + Math.floor((hour % 24) / HOURS_PER_PHASE);
}
