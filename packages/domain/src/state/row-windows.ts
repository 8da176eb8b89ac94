import type { PaneChunk } from './pane-chunk.ts';
import { CHUNK_SLOT_MASK } from './pane-layout.ts';
import {
  addPaneToSums,
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

const sums = new Float64Array(SUMS_WIDTH);

/** Writes the rolling columns of a slot's minute: windows of 5 min, 1 h, 24 h that end there, both ends included. */
export function writeRowWindows(
  core: PartitionCore,
  place: { readonly chunk: PaneChunk; readonly slot: number; readonly minute: number },
  rows: RowColumns,
  at: number,
): void {
  writeWindow(core, place, 5, rows.rolling5m, at);
  writeWindow(core, place, 60, rows.rolling1h, at);
  writeWindow(core, place, 1440, rows.rolling24h, at);
}

function writeWindow(
  core: PartitionCore,
  { chunk, slot, minute }: { readonly chunk: PaneChunk; readonly slot: number; readonly minute: number },
  width: number,
  window: RollingBuffer,
  at: number,
): void {
  sums.fill(0);
  const inChunk = slot & CHUNK_SLOT_MASK;
  for (let m = minute - width; m <= minute; m++) {
    const pane = chunk.find(inChunk, m);
    if (pane >= 0) addPaneToSums(chunk, core.side, pane, sums, 0);
  }
  window.heatIndexCount[at] = sums[SUMS_HI_COUNT]!;
  window.heatIndexSum[at] = heatIndexSum(sums[SUMS_HI_WHOLE]!, sums[SUMS_HI_FRACTION]!);
  window.temperatureCount[at] = sums[SUMS_T_COUNT]!;
  window.temperatureSum[at] = sums[SUMS_T_SUM]!;
}
