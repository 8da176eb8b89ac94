import type { PaneChunk } from './pane-chunk.ts';
import { hourOfMinute, pageOfHour, slotInChunk, slotPageAt } from './pane-layout.ts';
import { addPanesToSums } from './pane-sums.ts';
import type { RollingBuffer, RowColumns } from './row-columns.ts';
import type { SideSlab } from './side-slab.ts';
import { addSums, clearSums, copySums, heatIndexSum, SUMS_WIDTH } from './sums.ts';
import { BLOCK_MINUTES, BLOCKS, fineAt, SUMS_ROW, slotSumsAt } from './window-cache.ts';

const scratch = new Float64Array(SUMS_WIDTH);

/**
 * Writes the rolling columns of a slot's minute: windows of 5 min, 1 h, 24 h that end there, both ends included. The day
 * is the end of the hour 24 before, 23 hours, and the head of the minute's own hour; the hour likewise. About ten
 * merges a row, and nothing allocated; see docs/adr/0003-pane-layout.md.
 */
export function writeRowWindows(
  side: SideSlab,
  chunk: PaneChunk,
  slot: number,
  minute: number,
  rows: RowColumns,
  at: number,
): void {
  const { windows } = chunk;
  const inChunk = slotInChunk(slot);
  const hour = hourOfMinute(minute);
  const minuteInHour = minute - hour * 60;
  const block = (minuteInHour / 10) | 0;
  if (windows.hour[inChunk] !== hour) beginHour(side, chunk, inChunk, hour);
  if (windows.fineBlock[inChunk] !== block) beginBlock(side, chunk, inChunk, hour, block);
  extendHead(side, chunk, inChunk, hour, minute);
  const slotAt = slotSumsAt(inChunk);
  const fine = fineAt(minuteInHour - block * 10, inChunk);

  clearSums(scratch, 0);
  if (minuteInHour < 5) addMinutes(side, chunk, inChunk, hour - 1, 55 + minuteInHour, 59, scratch, 0);
  addMinutes(side, chunk, inChunk, hour, Math.max(0, minuteInHour - 5), minuteInHour, scratch, 0);
  writeSums(rows.rolling5m, at);

  copySums(scratch, 0, windows.head, slotAt);
  addSums(scratch, 0, windows.fine1, fine);
  writeSums(rows.rolling1h, at);

  copySums(scratch, 0, windows.head, slotAt);
  addSums(scratch, 0, windows.middle, slotAt);
  addSums(scratch, 0, windows.fine24, fine);
  writeSums(rows.rolling24h, at);
}

function writeSums(window: RollingBuffer, at: number): void {
  window.heatIndexCount[at] = scratch[0]!;
  window.heatIndexSum[at] = heatIndexSum(scratch[1]!, scratch[2]!);
  window.temperatureCount[at] = scratch[3]!;
  window.temperatureSum[at] = scratch[4]!;
}

/** Computes what all rows of the slot's hour share. */
function beginHour(side: SideSlab, chunk: PaneChunk, inChunk: number, hour: number): void {
  const { windows } = chunk;
  const at = slotSumsAt(inChunk);
  windows.hour[inChunk] = hour;
  windows.fineBlock[inChunk] = -1;
  windows.headEnd[inChunk] = hour * 60 - 1;
  clearSums(windows.head, at);
  clearSums(windows.middle, at);
  for (let back = 1; back < 24 && back <= hour; back++) {
    addSums(windows.middle, at, windows.blocks, hourBlockAt(side, chunk, inChunk, hour - back));
  }
  computeCoarse(side, chunk, inChunk, hour - 1, windows.coarse1);
  computeCoarse(side, chunk, inChunk, hour - 24, windows.coarse24);
}

/** Where the sums of a whole hour are, computed if need be. */
function hourBlockAt(side: SideSlab, chunk: PaneChunk, inChunk: number, hour: number): number {
  const { windows } = chunk;
  const block = slotPageAt(pageOfHour(hour), inChunk);
  const at = block * SUMS_WIDTH;
  if (windows.blockHour[block] !== hour) {
    clearSums(windows.blocks, at);
    addMinutes(side, chunk, inChunk, hour, 0, 59, windows.blocks, at);
    windows.blockHour[block] = hour;
  }
  return at;
}

/** Sums of the minutes [10·k, 60) of an hour, k from 0 to 5. */
function computeCoarse(side: SideSlab, chunk: PaneChunk, inChunk: number, hour: number, coarse: Float64Array): void {
  for (let k = BLOCKS - 1; k >= 0; k--) {
    const at = k * SUMS_ROW + slotSumsAt(inChunk);
    if (k < BLOCKS - 1) copySums(coarse, at, coarse, at + SUMS_ROW);
    else clearSums(coarse, at);
    addMinutes(side, chunk, inChunk, hour, k * BLOCK_MINUTES, k * BLOCK_MINUTES + BLOCK_MINUTES - 1, coarse, at);
  }
}

/** Computes what the rows of ten minutes of the slot's hour share: sums of the minutes [10·block + k, 60) of the hours 1 and 24 before. */
function beginBlock(side: SideSlab, chunk: PaneChunk, inChunk: number, hour: number, block: number): void {
  const { windows } = chunk;
  const coarseAt = (block + 1) * SUMS_ROW + slotSumsAt(inChunk);
  for (let k = BLOCK_MINUTES - 1; k >= 0; k--) {
    const at = fineAt(k, inChunk);
    if (k < BLOCK_MINUTES - 1) {
      copySums(windows.fine1, at, windows.fine1, at + SUMS_ROW);
      copySums(windows.fine24, at, windows.fine24, at + SUMS_ROW);
    } else if (block < BLOCKS - 1) {
      copySums(windows.fine1, at, windows.coarse1, coarseAt);
      copySums(windows.fine24, at, windows.coarse24, coarseAt);
    } else {
      clearSums(windows.fine1, at);
      clearSums(windows.fine24, at);
    }
    const minute = block * BLOCK_MINUTES + k;
    addMinutes(side, chunk, inChunk, hour - 1, minute, minute, windows.fine1, at);
    addMinutes(side, chunk, inChunk, hour - 24, minute, minute, windows.fine24, at);
  }
  windows.fineBlock[inChunk] = block;
}

/** Makes the head of the slot's hour end at a minute. */
function extendHead(side: SideSlab, chunk: PaneChunk, inChunk: number, hour: number, minute: number): void {
  const { windows } = chunk;
  const at = slotSumsAt(inChunk);
  const firstMinute = hour * 60;
  if (windows.headEnd[inChunk]! > minute) {
    clearSums(windows.head, at);
    windows.headEnd[inChunk] = firstMinute - 1;
  }
  const from = windows.headEnd[inChunk]! + 1 - firstMinute;
  addMinutes(side, chunk, inChunk, hour, from, minute - firstMinute, windows.head, at);
  windows.headEnd[inChunk] = minute;
}

/** Merges the panes of an hour's minutes [from, to]; none if the ring does not hold the hour. */
function addMinutes(
  side: SideSlab,
  chunk: PaneChunk,
  inChunk: number,
  hour: number,
  from: number,
  to: number,
  sums: Float64Array,
  at: number,
): void {
  if (hour < 0) return;
  const slotPage = slotPageAt(pageOfHour(hour), inChunk);
  if (chunk.hour[slotPage] === hour) addPanesToSums(chunk, side, slotPage, from, to, sums, at);
}
