import type { PaneChunk } from './pane-chunk.ts';
import {
  ABSENT_H,
  ABSENT_T,
  ABSENT_W,
  COUNT,
  FLAGS,
  MAX_H,
  MAX_HI,
  MAX_T,
  MAX_W,
  MIN_H,
  MIN_HI,
  MIN_T,
  MIN_W,
  PANE_F64,
  PANE_I16,
  PANE_I32,
  QUALITY_BITS,
  QUALITY_SHIFT,
  RISK_BITS,
  SIDE,
  SUM_H,
  SUM_T,
  SUM_W,
} from './pane-layout.ts';
import { heatIndexSum } from './pane-sums.ts';
import { type PartitionCore, paneKey } from './partition-core.ts';
import type { MetricBuffer, RowColumns } from './row-columns.ts';
import { writeRowWindows } from './row-windows.ts';
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
} from './side-slab.ts';

/** A pane and where it is. */
export interface PanePlace {
  readonly chunk: PaneChunk;
  readonly pane: number;
  readonly slot: number;
  readonly minute: number;
}

/** Appends the minute row of a pane. */
export function appendRow(core: PartitionCore, place: PanePlace, rows: RowColumns): void {
  const { chunk, pane, slot, minute } = place;
  rows.reserve(rows.count + 1);
  const at = rows.count++;
  const flags = chunk.u16[pane * PANE_I16 + FLAGS]!;
  rows.slot[at] = slot;
  rows.minute[at] = minute;
  rows.risk[at] = flags & RISK_BITS;
  rows.quality[at] = (flags & QUALITY_BITS) >> QUALITY_SHIFT;
  if ((flags & SIDE) !== 0) fillFromSide(core, chunk.f64[pane * PANE_F64]!, rows, at);
  else fillFromPane(chunk, pane, rows, at);
  rows.storedBefore[at] = core.storedCounts.get(paneKey(slot, minute)) ?? 0;
  writeRowWindows(core, place, rows, at);
}

function fillFromPane(chunk: PaneChunk, pane: number, rows: RowColumns, at: number): void {
  const { i16, i32 } = chunk;
  const half = pane * PANE_I16;
  const word = pane * PANE_I32;
  const count = chunk.u16[half + COUNT]!;
  const flags = chunk.u16[half + FLAGS]!;
  rows.observations[at] = count;
  const hasT = (flags & ABSENT_T) === 0;
  const hasH = (flags & ABSENT_H) === 0;
  const hasHi = hasT && hasH;
  fillMetric(rows.temperature, at, hasT ? count : 0, i32[word + SUM_T]!, i16[half + MIN_T]!, i16[half + MAX_T]!);
  fillMetric(rows.humidity, at, hasH ? count : 0, i32[word + SUM_H]!, i16[half + MIN_H]!, i16[half + MAX_H]!);
  const windCount = (flags & ABSENT_W) === 0 ? count : 0;
  fillMetric(rows.wind, at, windCount, i32[word + SUM_W]!, i16[half + MIN_W]!, i16[half + MAX_W]!);
  const sum = chunk.f64[pane * PANE_F64]!;
  fillMetric(rows.heatIndex, at, hasHi ? count : 0, sum, i16[half + MIN_HI]!, i16[half + MAX_HI]!);
}

function fillFromSide({ side }: PartitionCore, entry: number, rows: RowColumns, at: number): void {
  const v = side.values;
  const from = entry * SIDE_WIDTH;
  rows.observations[at] = v[from + SIDE_COUNT]!;
  const copy = (metric: MetricBuffer, m: number) => fillMetric(metric, at, v[m]!, v[m + 1]!, v[m + 2]!, v[m + 3]!);
  copy(rows.temperature, from + SIDE_T);
  copy(rows.humidity, from + SIDE_H);
  copy(rows.wind, from + SIDE_W);
  const sum = heatIndexSum(v[from + SIDE_HI_WHOLE]!, v[from + SIDE_HI_FRACTION]!);
  fillMetric(rows.heatIndex, at, v[from + SIDE_HI_COUNT]!, sum, v[from + SIDE_HI_MIN]!, v[from + SIDE_HI_MAX]!);
}

function fillMetric(metric: MetricBuffer, at: number, count: number, sum: number, min: number, max: number): void {
  metric.count[at] = count;
  metric.sum[at] = count === 0 ? 0 : sum;
  metric.min[at] = count === 0 ? 0 : min;
  metric.max[at] = count === 0 ? 0 : max;
}
