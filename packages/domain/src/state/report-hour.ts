import type { PaneChunk } from './pane-chunk.ts';
import {
  ABSENT_H,
  ABSENT_T,
  ABSENT_W,
  CHUNK_SHIFT,
  CHUNK_SLOT_MASK,
  CHUNK_SLOTS,
  COUNT,
  FLAGS,
  HOUR_MINUTES,
  PANE_F64,
  PANE_I16,
  PANE_I32,
  RING_HOURS,
  SIDE,
  SUM_H,
  SUM_T,
  SUM_W,
} from './pane-layout.ts';
import type { PartitionCore } from './partition-core.ts';
import { SIDE_H, SIDE_T, SIDE_W, SIDE_WIDTH } from './side-slab.ts';

/** Counts and sums of temperature, humidity, wind. */
const totals = new Float64Array(6);

/** Tells the observer the means of an hour that its city has just left. Readings that correct the hour later are not reported. */
export function reportHour(core: PartitionCore, slot: number, hour: number): void {
  if (core.observer === undefined) return;
  const chunk = core.chunkOf(slot);
  const inChunk = slot & CHUNK_SLOT_MASK;
  const page = hour % RING_HOURS;
  totals.fill(0);
  for (let m = 0; m < HOUR_MINUTES; m++) {
    if (!chunk.exists(page * CHUNK_SLOTS + inChunk, m)) continue;
    addPane(core, chunk, ((page * HOUR_MINUTES + m) << CHUNK_SHIFT) | inChunk);
  }
  core.observer.hourCompleted(slot, hour, mean(0), mean(2), mean(4));
}

/** NaN where nothing was measured. */
function mean(at: number): number {
  return totals[at + 1]! / totals[at]! / 100;
}

function addPane(core: PartitionCore, chunk: PaneChunk, pane: number): void {
  const flags = chunk.u16[pane * PANE_I16 + FLAGS]!;
  if ((flags & SIDE) !== 0) {
    const v = core.side.values;
    const from = chunk.f64[pane * PANE_F64]! * SIDE_WIDTH;
    for (let at = 0; at < 2; at++) {
      totals[at]! += v[from + SIDE_T + at]!;
      totals[2 + at]! += v[from + SIDE_H + at]!;
      totals[4 + at]! += v[from + SIDE_W + at]!;
    }
    return;
  }
  const count = chunk.u16[pane * PANE_I16 + COUNT]!;
  const word = pane * PANE_I32;
  if ((flags & ABSENT_T) === 0) {
    totals[0]! += count;
    totals[1]! += chunk.i32[word + SUM_T]!;
  }
  if ((flags & ABSENT_H) === 0) {
    totals[2]! += count;
    totals[3]! += chunk.i32[word + SUM_H]!;
  }
  if ((flags & ABSENT_W) === 0) {
    totals[4]! += count;
    totals[5]! += chunk.i32[word + SUM_W]!;
  }
}
