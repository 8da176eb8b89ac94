import type { PaneChunk } from './pane-chunk.ts';
import { ABSENT_H, ABSENT_T, firstRowOf, SIDE } from './pane-layout.ts';
import { SIDE_HI_COUNT, SIDE_HI_FRACTION, SIDE_HI_WHOLE, SIDE_T, SIDE_WIDTH, type SideSlab } from './side-slab.ts';

/** Merges the panes of a slot's page, minutes [from, to] of the hour, into the sums at `at`. Positional: it is called ten times a row. */
export function addPanesToSums(
  chunk: PaneChunk,
  side: SideSlab,
  slotPage: number,
  from: number,
  to: number,
  sums: Float64Array,
  at: number,
): void {
  const unusual = SIDE | ABSENT_T | ABSENT_H;
  const first = firstRowOf(slotPage);
  const inChunk = slotPage & 63;
  let hiCount = 0;
  let hiWhole = 0;
  let hiFraction = 0;
  let tCount = 0;
  let tSum = 0;
  for (let m = from; m <= to; m++) {
    const pane = chunk.find(first + m, inChunk);
    if (pane < 0) continue;
    if ((chunk.flags(pane) & unusual) !== 0) {
      addUnusualPane(chunk, side, pane, sums, at);
      continue;
    }
    const count = chunk.count(pane);
    const sum = chunk.heatIndexSum(pane);
    const whole = Math.floor(sum / 1_073_741_824);
    hiCount += count;
    hiWhole += whole;
    hiFraction += sum - whole * 1_073_741_824;
    tCount += count;
    tSum += chunk.temperatureSum(pane);
  }
  sums[at]! += hiCount;
  sums[at + 1]! += hiWhole;
  sums[at + 2]! += hiFraction;
  sums[at + 3]! += tCount;
  sums[at + 4]! += tSum;
}

/** A pane without temperature or humidity, or one in the side slab. */
function addUnusualPane(chunk: PaneChunk, side: SideSlab, pane: number, sums: Float64Array, at: number): void {
  const flags = chunk.flags(pane);
  if ((flags & SIDE) !== 0) {
    const { values } = side;
    const from = chunk.sideEntry(pane) * SIDE_WIDTH;
    sums[at]! += values[from + SIDE_HI_COUNT]!;
    sums[at + 1]! += values[from + SIDE_HI_WHOLE]!;
    sums[at + 2]! += values[from + SIDE_HI_FRACTION]!;
    sums[at + 3]! += values[from + SIDE_T]!;
    sums[at + 4]! += values[from + SIDE_T + 1]!;
  } else if ((flags & ABSENT_T) === 0) {
    sums[at + 3]! += chunk.count(pane);
    sums[at + 4]! += chunk.temperatureSum(pane);
  }
}
