import type { PaneChunk } from './pane-chunk.ts';
import {
  ABSENT_BITS,
  ABSENT_H,
  ABSENT_T,
  COUNT,
  FLAGS,
  HEAT_INDEX_UNIT,
  PANE_F64,
  PANE_I16,
  PANE_I32,
  SIDE,
  SUM_T,
} from './pane-layout.ts';
import { SIDE_HI_COUNT, SIDE_HI_FRACTION, SIDE_HI_WHOLE, SIDE_T, SIDE_WIDTH, type SideSlab } from './side-slab.ts';

/**
 * Sums that rolling columns need. Heat index in two parts, whole degrees and 2⁻³⁰ °C: both stay exact integers for any
 * number of observations, so merging is associative to the last bit.
 */
export const SUMS_WIDTH = 5;
export const SUMS_HI_COUNT = 0;
export const SUMS_HI_WHOLE = 1;
export const SUMS_HI_FRACTION = 2;
export const SUMS_T_COUNT = 3;
export const SUMS_T_SUM = 4;

/** Merges a pane into the sums at `at`. */
export function addPaneToSums(chunk: PaneChunk, side: SideSlab, pane: number, sums: Float64Array, at: number): void {
  const flags = chunk.u16[pane * PANE_I16 + FLAGS]!;
  if ((flags & SIDE) !== 0) {
    const from = chunk.f64[pane * PANE_F64]! * SIDE_WIDTH;
    sums[at + SUMS_HI_COUNT]! += side.values[from + SIDE_HI_COUNT]!;
    sums[at + SUMS_HI_WHOLE]! += side.values[from + SIDE_HI_WHOLE]!;
    sums[at + SUMS_HI_FRACTION]! += side.values[from + SIDE_HI_FRACTION]!;
    sums[at + SUMS_T_COUNT]! += side.values[from + SIDE_T]!;
    sums[at + SUMS_T_SUM]! += side.values[from + SIDE_T + 1]!;
    return;
  }
  const count = chunk.u16[pane * PANE_I16 + COUNT]!;
  if ((flags & ABSENT_BITS & (ABSENT_T | ABSENT_H)) === 0) {
    const sum = chunk.f64[pane * PANE_F64]!;
    const whole = Math.floor(sum / HEAT_INDEX_UNIT);
    sums[at + SUMS_HI_COUNT]! += count;
    sums[at + SUMS_HI_WHOLE]! += whole;
    sums[at + SUMS_HI_FRACTION]! += sum - whole * HEAT_INDEX_UNIT;
  }
  if ((flags & ABSENT_T) === 0) {
    sums[at + SUMS_T_COUNT]! += count;
    sums[at + SUMS_T_SUM]! += chunk.i32[pane * PANE_I32 + SUM_T]!;
  }
}

/** Merges sums into others. */
export function addSums(sums: Float64Array, at: number, from: Float64Array, fromAt: number): void {
  sums[at + SUMS_HI_COUNT]! += from[fromAt + SUMS_HI_COUNT]!;
  sums[at + SUMS_HI_WHOLE]! += from[fromAt + SUMS_HI_WHOLE]!;
  sums[at + SUMS_HI_FRACTION]! += from[fromAt + SUMS_HI_FRACTION]!;
  sums[at + SUMS_T_COUNT]! += from[fromAt + SUMS_T_COUNT]!;
  sums[at + SUMS_T_SUM]! += from[fromAt + SUMS_T_SUM]!;
}

/** The heat-index sum in 2⁻³⁰ °C: exact below 2⁵³, the nearest float64 above, whatever the order of merging. */
export function heatIndexSum(whole: number, fraction: number): number {
  return whole * HEAT_INDEX_UNIT + fraction;
}
