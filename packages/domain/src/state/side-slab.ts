import { HEAT_INDEX_UNIT } from './pane-layout.ts';

/** Numbers of a side pane, all float64. Sums in hundredths, exact integers. */
export const SIDE_WIDTH = 18;
/** Observations of the pane. */
export const SIDE_COUNT = 0;
/** Temperature, humidity, wind: count, sum, min, max each. */
export const SIDE_T = 1;
export const SIDE_H = 5;
export const SIDE_W = 9;
/** Heat index: count, whole degrees and 2⁻³⁰ °C of the sum, min, max in hundredths. */
export const SIDE_HI_COUNT = 13;
export const SIDE_HI_WHOLE = 14;
export const SIDE_HI_FRACTION = 15;
export const SIDE_HI_MIN = 16;
export const SIDE_HI_MAX = 17;

/**
 * Panes that do not fit 40 bytes: metrics with different counts, many observations, values out of int16. Entries are
 * reused; free ones are chained through their first number.
 */
export class SideSlab {
  values = new Float64Array(0);
  /** By entry: whether it changed since the last segment. */
  changed = new Uint8Array(0);
  /** Entries ever used. */
  end = 0;
  /** First free entry, -1 for none. */
  free = -1;

  /** Takes an entry, empty. */
  take(): number {
    let entry = this.free;
    if (entry >= 0) this.free = this.values[entry * SIDE_WIDTH]!;
    else {
      entry = this.end++;
      if (entry >= this.changed.length) this.reserve(Math.max(64, this.changed.length * 2));
    }
    const at = entry * SIDE_WIDTH;
    this.values.fill(0, at, at + SIDE_WIDTH);
    for (const metric of [SIDE_T, SIDE_H, SIDE_W]) {
      this.values[at + metric + 2] = Number.POSITIVE_INFINITY;
      this.values[at + metric + 3] = Number.NEGATIVE_INFINITY;
    }
    this.values[at + SIDE_HI_MIN] = Number.POSITIVE_INFINITY;
    this.values[at + SIDE_HI_MAX] = Number.NEGATIVE_INFINITY;
    this.changed[entry] = 1;
    return entry;
  }

  /** Gives an entry back. */
  release(entry: number): void {
    this.values[entry * SIDE_WIDTH] = this.free;
    this.free = entry;
    this.changed[entry] = 1;
  }

  /** Adds a value in hundredths to one of the metrics. */
  add(entry: number, metric: number, centi: number): void {
    const v = this.values;
    const at = entry * SIDE_WIDTH + metric;
    v[at]! += 1;
    v[at + 1]! += centi;
    if (centi < v[at + 2]!) v[at + 2] = centi;
    if (centi > v[at + 3]!) v[at + 3] = centi;
    this.changed[entry] = 1;
  }

  /** Adds `count` heat indices: their sum in 2⁻³⁰ °C, a safe integer, and their extremes in hundredths. */
  addHeatIndex(
    entry: number,
    count: number,
    sum: number,
    extremes: { readonly min: number; readonly max: number },
  ): void {
    const v = this.values;
    const at = entry * SIDE_WIDTH;
    const whole = Math.floor(sum / HEAT_INDEX_UNIT);
    const fraction = v[at + SIDE_HI_FRACTION]! + (sum - whole * HEAT_INDEX_UNIT);
    const carry = Math.floor(fraction / HEAT_INDEX_UNIT);
    v[at + SIDE_HI_COUNT]! += count;
    v[at + SIDE_HI_WHOLE]! += whole + carry;
    v[at + SIDE_HI_FRACTION] = fraction - carry * HEAT_INDEX_UNIT;
    if (extremes.min < v[at + SIDE_HI_MIN]!) v[at + SIDE_HI_MIN] = extremes.min;
    if (extremes.max > v[at + SIDE_HI_MAX]!) v[at + SIDE_HI_MAX] = extremes.max;
    this.changed[entry] = 1;
  }

  /** Makes room for so many entries. */
  reserve(entries: number): void {
    const values = new Float64Array(entries * SIDE_WIDTH);
    values.set(this.values.subarray(0, this.end * SIDE_WIDTH));
    this.values = values;
    const changed = new Uint8Array(entries);
    changed.set(this.changed.subarray(0, this.end));
    this.changed = changed;
  }
}
