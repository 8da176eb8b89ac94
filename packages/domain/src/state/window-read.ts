import { NO_MINUTE } from './city-table.ts';
import { TOTALS_WIDTH } from './hour-totals.ts';
import type { PaneChunk } from './pane-chunk.ts';
import {
  firstRowOf,
  HEAT_INDEX_UNIT,
  HOUR_MINUTES,
  hourOfMinute,
  pageOfHour,
  slotInChunk,
  slotPageAt,
} from './pane-layout.ts';
import type { PartitionCore } from './partition-core.ts';
import type { MetricAggregate, RollingSnapshot } from './partition-state.ts';
import type { SideSlab } from './side-slab.ts';
import { heatIndexSum } from './sums.ts';
import {
  addPaneToTotals,
  clearTotals,
  mergeTotals,
  TOTAL_COUNT,
  TOTAL_H,
  TOTAL_HI,
  TOTAL_HI_FRACTION,
  TOTAL_RISKS,
  TOTAL_T,
  TOTAL_W,
} from './window-totals.ts';

/** Longest window that can be read, in minutes. */
const MAX_WINDOW_MINUTES = 1440;

const window = new Float64Array(TOTALS_WIDTH);

/** Aggregates the panes of [newest - minutes, newest] of a city, both ends included. */
export function readWindow(core: PartitionCore, slot: number, minutes: number): RollingSnapshot {
  if (!(Number.isInteger(minutes) && minutes >= 0 && minutes <= MAX_WINDOW_MINUTES)) {
    throw new RangeError(`a window has 0 to ${MAX_WINDOW_MINUTES} minutes, not ${minutes}`);
  }
  clearTotals(window, 0);
  const newest = core.cities.newestMinute[slot]!;
  if (newest !== NO_MINUTE) {
    addMinutes(core.side, core.chunkOf(slot), slotInChunk(slot), Math.max(0, newest - minutes), newest);
  }
  const risk = (level: number) => window[TOTAL_RISKS + level]!;
  const heatIndex = heatIndexSum(window[TOTAL_HI + 1]!, window[TOTAL_HI_FRACTION]!) / HEAT_INDEX_UNIT;
  return {
    minutes,
    count: window[TOTAL_COUNT]!,
    heatIndex: aggregate(TOTAL_HI, heatIndex),
    temperature: aggregate(TOTAL_T, window[TOTAL_T + 1]! / 100),
    humidity: aggregate(TOTAL_H, window[TOTAL_H + 1]! / 100),
    wind: aggregate(TOTAL_W, window[TOTAL_W + 1]! / 100),
    riskMinutes: [risk(2) + risk(3) + risk(4) + risk(5), risk(3) + risk(4) + risk(5), risk(4) + risk(5), risk(5)],
  };
}

/** Adds the minutes [from, to] to the window: whole hours by their totals, the edges by their panes. */
function addMinutes(side: SideSlab, chunk: PaneChunk, inChunk: number, from: number, to: number): void {
  for (let hour = hourOfMinute(from); hour <= hourOfMinute(to); hour++) {
    if (!chunk.holdsHour(inChunk, hour)) continue;
    const first = hour * HOUR_MINUTES;
    // The city's newest hour goes on changing without notice.
    if (from <= first && hour < hourOfMinute(to)) {
      const totals = hourTotals(side, chunk, inChunk, hour);
      mergeTotals(window, 0, totals, slotPageAt(pageOfHour(hour), inChunk) * TOTALS_WIDTH);
    } else {
      const last = Math.min(HOUR_MINUTES - 1, to - first);
      addPanes(
        side,
        chunk,
        slotPageAt(pageOfHour(hour), inChunk),
        { first: Math.max(0, from - first), last },
        window,
        0,
      );
    }
  }
}

/** The chunk's totals, good for the slot's hour. */
function hourTotals(side: SideSlab, chunk: PaneChunk, inChunk: number, hour: number): Float64Array {
  const { hour: hours, totals } = chunk.hourTotals;
  const slotPage = slotPageAt(pageOfHour(hour), inChunk);
  if (hours[slotPage] !== hour) {
    clearTotals(totals, slotPage * TOTALS_WIDTH);
    addPanes(side, chunk, slotPage, { first: 0, last: HOUR_MINUTES - 1 }, totals, slotPage * TOTALS_WIDTH);
    hours[slotPage] = hour;
  }
  return totals;
}

function addPanes(
  side: SideSlab,
  chunk: PaneChunk,
  slotPage: number,
  minutes: { readonly first: number; readonly last: number },
  totals: Float64Array,
  at: number,
): void {
  const first = firstRowOf(slotPage);
  const inChunk = slotPage & 63;
  for (let m = minutes.first; m <= minutes.last; m++) {
    const pane = chunk.find(first + m, inChunk);
    if (pane >= 0) addPaneToTotals(chunk, side, pane, totals, at);
  }
}

function aggregate(metric: number, sum: number): MetricAggregate {
  const count = window[metric]!;
  if (count === 0) return { count: 0, mean: Number.NaN, min: Number.NaN, max: Number.NaN };
  return { count, mean: sum / count, min: window[metric + 2]! / 100, max: window[metric + 3]! / 100 };
}
