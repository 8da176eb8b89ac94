import { TOTALS_WIDTH } from './hour-totals.ts';
import type { PaneChunk } from './pane-chunk.ts';
import { ABSENT_H, ABSENT_T, ABSENT_W, HEAT_INDEX_UNIT, RISK_BITS, SIDE } from './pane-layout.ts';
import {
  SIDE_COUNT,
  SIDE_H,
  SIDE_HI_COUNT,
  SIDE_HI_FRACTION,
  SIDE_HI_MAX,
  SIDE_HI_MIN,
  SIDE_HI_WHOLE,
  SIDE_T,
  SIDE_W,
  SIDE_WIDTH,
  type SideSlab,
} from './side-slab.ts';

// Totals of a set of panes, side by side: observations, panes by risk 0…5, then by metric count, sum, min, max.
export const TOTAL_COUNT = 0;
export const TOTAL_RISKS = 1;
export const TOTAL_T = 7;
export const TOTAL_H = 11;
export const TOTAL_W = 15;
/** Its sum counts whole degrees. */
export const TOTAL_HI = 19;
/** What is left of the heat index's sum, in 2⁻³⁰ °C. */
export const TOTAL_HI_FRACTION = 23;
const METRICS = [TOTAL_T, TOTAL_H, TOTAL_W, TOTAL_HI] as const;

/** Totals of nothing. */
export function clearTotals(totals: Float64Array, at: number): void {
  totals.fill(0, at, at + TOTALS_WIDTH);
  for (const metric of METRICS) {
    totals[at + metric + 2] = Number.POSITIVE_INFINITY;
    totals[at + metric + 3] = Number.NEGATIVE_INFINITY;
  }
}

/** Merges totals into others. Sums are exact integers: the order does not matter. */
export function mergeTotals(totals: Float64Array, at: number, from: Float64Array, fromAt: number): void {
  for (let i = TOTAL_COUNT; i < TOTAL_T; i++) totals[at + i]! += from[fromAt + i]!;
  for (const metric of METRICS) {
    const m = fromAt + metric;
    addMetric(totals, at + metric, from[m]!, from[m + 1]!, from[m + 2]!, from[m + 3]!);
  }
  totals[at + TOTAL_HI_FRACTION]! += from[fromAt + TOTAL_HI_FRACTION]!;
}

/** Merges a pane into totals. */
export function addPaneToTotals(
  chunk: PaneChunk,
  side: SideSlab,
  pane: number,
  totals: Float64Array,
  at: number,
): void {
  const flags = chunk.flags(pane);
  totals[at + TOTAL_RISKS + (flags & RISK_BITS)]! += 1;
  if ((flags & SIDE) !== 0) {
    addSidePane(side.values, chunk.sideEntry(pane) * SIDE_WIDTH, totals, at);
    return;
  }
  const count = chunk.count(pane);
  totals[at + TOTAL_COUNT]! += count;
  if ((flags & ABSENT_T) === 0) {
    const sum = chunk.temperatureSum(pane);
    addMetric(totals, at + TOTAL_T, count, sum, chunk.temperatureMin(pane), chunk.temperatureMax(pane));
  }
  if ((flags & ABSENT_H) === 0) {
    addMetric(totals, at + TOTAL_H, count, chunk.humiditySum(pane), chunk.humidityMin(pane), chunk.humidityMax(pane));
  }
  if ((flags & ABSENT_W) === 0) {
    addMetric(totals, at + TOTAL_W, count, chunk.windSum(pane), chunk.windMin(pane), chunk.windMax(pane));
  }
  if ((flags & (ABSENT_T | ABSENT_H)) === 0) {
    const sum = chunk.heatIndexSum(pane);
    const whole = Math.floor(sum / HEAT_INDEX_UNIT);
    totals[at + TOTAL_HI_FRACTION]! += sum - whole * HEAT_INDEX_UNIT;
    addMetric(totals, at + TOTAL_HI, count, whole, chunk.heatIndexMin(pane), chunk.heatIndexMax(pane));
  }
}

function addSidePane(v: Float64Array, from: number, totals: Float64Array, at: number): void {
  totals[at + TOTAL_COUNT]! += v[from + SIDE_COUNT]!;
  const add = (to: number, m: number) => addMetric(totals, at + to, v[m]!, v[m + 1]!, v[m + 2]!, v[m + 3]!);
  add(TOTAL_T, from + SIDE_T);
  add(TOTAL_H, from + SIDE_H);
  add(TOTAL_W, from + SIDE_W);
  totals[at + TOTAL_HI_FRACTION]! += v[from + SIDE_HI_FRACTION]!;
  const [count, whole] = [v[from + SIDE_HI_COUNT]!, v[from + SIDE_HI_WHOLE]!];
  addMetric(totals, at + TOTAL_HI, count, whole, v[from + SIDE_HI_MIN]!, v[from + SIDE_HI_MAX]!);
}

function addMetric(totals: Float64Array, at: number, count: number, sum: number, min: number, max: number): void {
  totals[at]! += count;
  totals[at + 1]! += sum;
  if (min < totals[at + 2]!) totals[at + 2] = min;
  if (max > totals[at + 3]!) totals[at + 3] = max;
}
