import type { PaneChunk } from './pane-chunk.ts';
import { CHUNK_SHIFT, CHUNK_SLOT_MASK, CHUNK_SLOTS, HOUR_MINUTES, RING_HOURS } from './pane-layout.ts';
import {
  addPaneToSums,
  addSums,
  heatIndexSum,
  SUMS_HI_COUNT,
  SUMS_HI_FRACTION,
  SUMS_HI_WHOLE,
  SUMS_T_COUNT,
  SUMS_T_SUM,
  SUMS_WIDTH,
} from './pane-sums.ts';
import type { PartitionCore } from './partition-core.ts';
import type { RollingBuffer, RowColumns } from './row-columns.ts';
import { HEAD_AT, MIDDLE_AT, TAIL_MINUTES, TAILS_1_AT, TAILS_24_AT } from './window-cache.ts';

const scratch = new Float64Array(SUMS_WIDTH);

/**
 * Writes the rolling columns of a slot's minute: windows of 5 min, 1 h, 24 h that end there, both ends included. The day
 * is the end of the hour 24 before, 23 hours, and the head of the minute's own hour; the hour likewise. About 20
 * merges a row; see docs/adr/0003-pane-layout.md.
 */
export function writeRowWindows(
  core: PartitionCore,
  { chunk, slot, minute }: { readonly chunk: PaneChunk; readonly slot: number; readonly minute: number },
  rows: RowColumns,
  at: number,
): void {
  const hour = Math.floor(minute / HOUR_MINUTES);
  const minuteInHour = minute - hour * HOUR_MINUTES;
  const inChunk = slot & CHUNK_SLOT_MASK;
  const { windows } = core;
  if (slot >= windows.hour.length || windows.hour[slot] !== hour) beginHour(core, chunk, slot, hour);
  extendHead(core, chunk, slot, minute);
  const { sums } = windows;
  const base = windows.sumsAt(slot);

  scratch.fill(0);
  if (minuteInHour < 5) addMinutes(core, chunk, inChunk, hour - 1, HOUR_MINUTES - 5 + minuteInHour, 59, scratch, 0);
  addMinutes(core, chunk, inChunk, hour, Math.max(0, minuteInHour - 5), minuteInHour, scratch, 0);
  writeSums(rows.rolling5m, at);

  scratch.fill(0);
  addTail(core, chunk, inChunk, hour - 1, minuteInHour, base + TAILS_1_AT);
  addSums(scratch, 0, sums, base + HEAD_AT);
  writeSums(rows.rolling1h, at);

  scratch.fill(0);
  addTail(core, chunk, inChunk, hour - 24, minuteInHour, base + TAILS_24_AT);
  addSums(scratch, 0, sums, base + MIDDLE_AT);
  addSums(scratch, 0, sums, base + HEAD_AT);
  writeSums(rows.rolling24h, at);
}

function writeSums(window: RollingBuffer, at: number): void {
  window.heatIndexCount[at] = scratch[SUMS_HI_COUNT]!;
  window.heatIndexSum[at] = heatIndexSum(scratch[SUMS_HI_WHOLE]!, scratch[SUMS_HI_FRACTION]!);
  window.temperatureCount[at] = scratch[SUMS_T_COUNT]!;
  window.temperatureSum[at] = scratch[SUMS_T_SUM]!;
}

/** Adds the minutes [from, 60) of an hour whose tails are at `tailsAt` to the scratch sums. */
function addTail(
  core: PartitionCore,
  chunk: PaneChunk,
  inChunk: number,
  hour: number,
  from: number,
  tailsAt: number,
): void {
  const tail = Math.ceil(from / TAIL_MINUTES);
  addMinutes(core, chunk, inChunk, hour, from, tail * TAIL_MINUTES - 1, scratch, 0);
  if (tail * TAIL_MINUTES < HOUR_MINUTES) addSums(scratch, 0, core.windows.sums, tailsAt + tail * SUMS_WIDTH);
}

/** Makes the head of the slot's hour end at a minute. */
function extendHead(core: PartitionCore, chunk: PaneChunk, slot: number, minute: number): void {
  const { windows } = core;
  const hour = windows.hour[slot]!;
  const headAt = windows.sumsAt(slot) + HEAD_AT;
  if (windows.headEnd[slot]! > minute) {
    windows.sums.fill(0, headAt, headAt + SUMS_WIDTH);
    windows.headEnd[slot] = hour * HOUR_MINUTES - 1;
  }
  const from = windows.headEnd[slot]! + 1 - hour * HOUR_MINUTES;
  addMinutes(core, chunk, slot & CHUNK_SLOT_MASK, hour, from, minute - hour * HOUR_MINUTES, windows.sums, headAt);
  windows.headEnd[slot] = minute;
}

/** Computes what all rows of the slot's hour share. */
function beginHour(core: PartitionCore, chunk: PaneChunk, slot: number, hour: number): void {
  const { windows } = core;
  windows.reserve(slot + 1);
  const { sums } = windows;
  const base = windows.sumsAt(slot);
  windows.hour[slot] = hour;
  windows.headEnd[slot] = hour * HOUR_MINUTES - 1;
  sums.fill(0, base, base + TAILS_1_AT);
  for (let back = 1; back < 24; back++)
    addSums(sums, base + MIDDLE_AT, windows.blocks, blockAt(core, chunk, slot, hour - back));
  computeTails(core, chunk, slot & CHUNK_SLOT_MASK, hour - 1, base + TAILS_1_AT);
  computeTails(core, chunk, slot & CHUNK_SLOT_MASK, hour - 24, base + TAILS_24_AT);
}

/** Sums of the minutes [10·k, 60) of an hour, k from 0 to 5. */
function computeTails(core: PartitionCore, chunk: PaneChunk, inChunk: number, hour: number, tailsAt: number): void {
  const { sums } = core.windows;
  for (let from = HOUR_MINUTES - TAIL_MINUTES; from >= 0; from -= TAIL_MINUTES) {
    const at = tailsAt + (from / TAIL_MINUTES) * SUMS_WIDTH;
    sums.fill(0, at, at + SUMS_WIDTH);
    addMinutes(core, chunk, inChunk, hour, from, from + TAIL_MINUTES - 1, sums, at);
    if (from + TAIL_MINUTES < HOUR_MINUTES) addSums(sums, at, sums, at + SUMS_WIDTH);
  }
}

/** Where the block of an hour is, computed if need be. */
function blockAt(core: PartitionCore, chunk: PaneChunk, slot: number, hour: number): number {
  const { windows } = core;
  const block = slot * RING_HOURS + (((hour % RING_HOURS) + RING_HOURS) % RING_HOURS);
  const at = block * SUMS_WIDTH;
  if (windows.blockHour[block] !== hour) {
    windows.blocks.fill(0, at, at + SUMS_WIDTH);
    addMinutes(core, chunk, slot & CHUNK_SLOT_MASK, hour, 0, HOUR_MINUTES - 1, windows.blocks, at);
    windows.blockHour[block] = hour;
  }
  return at;
}

/** Merges the panes of an hour's minutes [from, to]; none if the ring does not hold the hour. */
function addMinutes(
  core: PartitionCore,
  chunk: PaneChunk,
  inChunk: number,
  hour: number,
  from: number,
  to: number,
  sums: Float64Array,
  at: number,
): void {
  if (hour < 0 || !chunk.holdsHour(inChunk, hour)) return;
  const page = hour % RING_HOURS;
  const slotPage = page * CHUNK_SLOTS + inChunk;
  for (let m = from; m <= to; m++) {
    if (!chunk.exists(slotPage, m)) continue;
    addPaneToSums(chunk, core.side, ((page * HOUR_MINUTES + m) << CHUNK_SHIFT) | inChunk, sums, at);
  }
}
