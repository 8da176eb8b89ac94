import type { PaneChunk } from './pane-chunk.ts';
import { paneKey } from './pane-key.ts';
import { ABSENT_H, ABSENT_T, ABSENT_W, QUALITY_BITS, QUALITY_SHIFT, RISK_BITS, SIDE } from './pane-layout.ts';
import type { PartitionCore } from './partition-core.ts';
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
import { heatIndexSum } from './sums.ts';

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
  if (rows.count === rows.capacity) rows.reserve(rows.count + 1);
  const at = rows.count++;
  const flags = chunk.flags(pane);
  rows.slot[at] = slot;
  rows.minute[at] = minute;
  rows.risk[at] = flags & RISK_BITS;
  rows.quality[at] = (flags & QUALITY_BITS) >> QUALITY_SHIFT;
  if ((flags & SIDE) !== 0) fillFromSide(core, chunk.sideEntry(pane), rows, at);
  else fillFromPane(chunk, pane, rows, at);
  rows.storedBefore[at] = core.storedCounts.size === 0 ? 0 : (core.storedCounts.get(paneKey(slot, minute)) ?? 0);
  writeRowWindows(core.side, chunk, slot, minute, rows, at);
}

function fillFromPane(chunk: PaneChunk, pane: number, rows: RowColumns, at: number): void {
  const count = chunk.count(pane);
  const flags = chunk.flags(pane);
  rows.observations[at] = count;
  const t = (flags & ABSENT_T) === 0 ? count : 0;
  const h = (flags & ABSENT_H) === 0 ? count : 0;
  const w = (flags & ABSENT_W) === 0 ? count : 0;
  const hi = Math.min(t, h);
  fillMetric(
    rows.temperature,
    at,
    t,
    chunk.temperatureSum(pane),
    chunk.temperatureMin(pane),
    chunk.temperatureMax(pane),
  );
  fillMetric(rows.humidity, at, h, chunk.humiditySum(pane), chunk.humidityMin(pane), chunk.humidityMax(pane));
  fillMetric(rows.wind, at, w, chunk.windSum(pane), chunk.windMin(pane), chunk.windMax(pane));
  fillMetric(rows.heatIndex, at, hi, chunk.heatIndexSum(pane), chunk.heatIndexMin(pane), chunk.heatIndexMax(pane));
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
