import { NO_MINUTE } from './city-table.ts';
import type { PaneChunk } from './pane-chunk.ts';
import { ABSENT_H, ABSENT_T, ABSENT_W, HEAT_INDEX_UNIT, RISK_BITS, SIDE, slotInChunk } from './pane-layout.ts';
import type { PartitionCore } from './partition-core.ts';
import type { MetricAggregate, RollingSnapshot } from './partition-state.ts';
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

/** Longest window that can be read, in minutes. */
export const MAX_WINDOW_MINUTES = 1440;

/** Sums and extremes of a metric over panes. */
interface MetricTotals {
  count: number;
  sum: number;
  min: number;
  max: number;
}

/** Totals of a window; the heat index's sum counts whole degrees, `fraction` the rest in 2⁻³⁰ °C. */
class WindowTotals {
  count = 0;
  fraction = 0;
  readonly heatIndex = noTotals();
  readonly temperature = noTotals();
  readonly humidity = noTotals();
  readonly wind = noTotals();
  readonly risks = [0, 0, 0, 0, 0, 0];
}

/** Aggregates the panes of [newest - minutes, newest] of a city, both ends included. */
export function readWindow(core: PartitionCore, slot: number, minutes: number): RollingSnapshot {
  if (!(Number.isInteger(minutes) && minutes >= 0 && minutes <= MAX_WINDOW_MINUTES)) {
    throw new RangeError(`a window has 0 to ${MAX_WINDOW_MINUTES} minutes, not ${minutes}`);
  }
  const totals = new WindowTotals();
  const newest = core.cities.newestMinute[slot]!;
  if (newest !== NO_MINUTE) {
    const chunk = core.chunkOf(slot);
    for (let minute = Math.max(0, newest - minutes); minute <= newest; minute++) {
      const pane = chunk.find(slotInChunk(slot), minute);
      if (pane >= 0) addPane(core, chunk, pane, totals);
    }
  }
  const [, , caution, extremeCaution, danger, extremeDanger] = totals.risks as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    minutes,
    count: totals.count,
    heatIndex: aggregate(totals.heatIndex, heatIndexSum(totals.heatIndex.sum, totals.fraction) / HEAT_INDEX_UNIT),
    temperature: aggregate(totals.temperature, totals.temperature.sum / 100),
    humidity: aggregate(totals.humidity, totals.humidity.sum / 100),
    wind: aggregate(totals.wind, totals.wind.sum / 100),
    riskMinutes: [
      caution + extremeCaution + danger + extremeDanger,
      extremeCaution + danger + extremeDanger,
      danger + extremeDanger,
      extremeDanger,
    ],
  };
}

function addPane({ side }: PartitionCore, chunk: PaneChunk, pane: number, totals: WindowTotals): void {
  const flags = chunk.flags(pane);
  totals.risks[flags & RISK_BITS]!++;
  if ((flags & SIDE) !== 0) {
    addSidePane(side.values, chunk.sideEntry(pane) * SIDE_WIDTH, totals);
    return;
  }
  const count = chunk.count(pane);
  totals.count += count;
  if ((flags & ABSENT_T) === 0) {
    const sum = chunk.temperatureSum(pane);
    merge(totals.temperature, count, sum, chunk.temperatureMin(pane), chunk.temperatureMax(pane));
  }
  if ((flags & ABSENT_H) === 0) {
    merge(totals.humidity, count, chunk.humiditySum(pane), chunk.humidityMin(pane), chunk.humidityMax(pane));
  }
  if ((flags & ABSENT_W) === 0) {
    merge(totals.wind, count, chunk.windSum(pane), chunk.windMin(pane), chunk.windMax(pane));
  }
  if ((flags & (ABSENT_T | ABSENT_H)) === 0) {
    const sum = chunk.heatIndexSum(pane);
    const whole = Math.floor(sum / HEAT_INDEX_UNIT);
    totals.fraction += sum - whole * HEAT_INDEX_UNIT;
    merge(totals.heatIndex, count, whole, chunk.heatIndexMin(pane), chunk.heatIndexMax(pane));
  }
}

function addSidePane(v: Float64Array, from: number, totals: WindowTotals): void {
  totals.count += v[from + SIDE_COUNT]!;
  const add = (metric: MetricTotals, m: number) => merge(metric, v[m]!, v[m + 1]!, v[m + 2]!, v[m + 3]!);
  add(totals.temperature, from + SIDE_T);
  add(totals.humidity, from + SIDE_H);
  add(totals.wind, from + SIDE_W);
  totals.fraction += v[from + SIDE_HI_FRACTION]!;
  merge(
    totals.heatIndex,
    v[from + SIDE_HI_COUNT]!,
    v[from + SIDE_HI_WHOLE]!,
    v[from + SIDE_HI_MIN]!,
    v[from + SIDE_HI_MAX]!,
  );
}

function merge(totals: MetricTotals, count: number, sum: number, min: number, max: number): void {
  totals.count += count;
  totals.sum += sum;
  if (min < totals.min) totals.min = min;
  if (max > totals.max) totals.max = max;
}

function noTotals(): MetricTotals {
  return { count: 0, sum: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
}

function aggregate({ count, min, max }: MetricTotals, sum: number): MetricAggregate {
  if (count === 0) return { count: 0, mean: Number.NaN, min: Number.NaN, max: Number.NaN };
  return { count, mean: sum / count, min: min / 100, max: max / 100 };
}
