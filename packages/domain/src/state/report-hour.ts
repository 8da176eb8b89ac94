import type { PaneChunk } from './pane-chunk.ts';
import {
  ABSENT_H,
  ABSENT_T,
  ABSENT_W,
  firstRowOf,
  HOUR_MINUTES,
  pageOfHour,
  SIDE,
  slotInChunk,
  slotPageAt,
} from './pane-layout.ts';
import type { PartitionCore } from './partition-core.ts';
import { SIDE_H, SIDE_T, SIDE_W, SIDE_WIDTH } from './side-slab.ts';

/** Counts and sums of temperature, humidity, wind. */
const totals = new Float64Array(6);

/** Tells the observer the means of an hour that its city has just left. Readings that correct the hour later are not reported. */
export function reportHour(core: PartitionCore, slot: number, hour: number): void {
  if (core.observer === undefined) return;
  const chunk = core.chunkOf(slot);
  const slotPage = slotPageAt(pageOfHour(hour), slotInChunk(slot));
  totals.fill(0);
  const first = firstRowOf(slotPage);
  for (let m = 0; m < HOUR_MINUTES; m++) {
    const pane = chunk.find(first + m, slotInChunk(slot));
    if (pane >= 0) addPane(core, chunk, pane);
  }
  core.observer.hourCompleted(slot, hour, mean(0), mean(2), mean(4));
}

/** NaN where nothing was measured. */
function mean(at: number): number {
  return totals[at + 1]! / totals[at]! / 100;
}

function addPane(core: PartitionCore, chunk: PaneChunk, pane: number): void {
  const flags = chunk.flags(pane);
  if ((flags & SIDE) !== 0) {
    const v = core.side.values;
    const from = chunk.sideEntry(pane) * SIDE_WIDTH;
    add(0, v[from + SIDE_T]!, v[from + SIDE_T + 1]!);
    add(2, v[from + SIDE_H]!, v[from + SIDE_H + 1]!);
    add(4, v[from + SIDE_W]!, v[from + SIDE_W + 1]!);
    return;
  }
  const count = chunk.count(pane);
  if ((flags & ABSENT_T) === 0) add(0, count, chunk.temperatureSum(pane));
  if ((flags & ABSENT_H) === 0) add(2, count, chunk.humiditySum(pane));
  if ((flags & ABSENT_W) === 0) add(4, count, chunk.windSum(pane));
}

function add(at: number, count: number, sum: number): void {
  totals[at]! += count;
  totals[at + 1]! += sum;
}
