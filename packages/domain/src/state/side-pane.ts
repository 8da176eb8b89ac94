import type { PaneChunk } from './pane-chunk.ts';
import {
  ABSENT_H,
  ABSENT_SHIFT,
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
  SIDE,
  SUM_H,
  SUM_T,
  SUM_W,
} from './pane-layout.ts';
import type { PartitionCore } from './partition-core.ts';
import { SIDE_COUNT, SIDE_H, SIDE_T, SIDE_W, SIDE_WIDTH, type SideSlab } from './side-slab.ts';

/** An observation in the units of panes; what `absent` names (temperature 1, humidity 2, wind 4) is not looked at. */
export interface PaneValues {
  readonly absent: number;
  readonly temperatureCenti: number;
  readonly humidityCenti: number;
  readonly windCenti: number;
  /** In 2⁻³⁰ °C. */
  readonly heatIndex: number;
  readonly heatIndexCenti: number;
}

/** Adds an observation that its pane's 40 bytes have no room for: the pane's numbers move to the side slab. */
export function addToSidePane(
  core: PartitionCore,
  place: { readonly chunk: PaneChunk; readonly slot: number; readonly pane: number },
  values: PaneValues,
): void {
  const { chunk, slot, pane } = place;
  const { side } = core;
  if ((chunk.u16[pane * PANE_I16 + FLAGS]! & SIDE) === 0) {
    movePane(side, chunk, pane);
    core.cities.sidePanes[slot]!++;
  }
  const entry = chunk.f64[pane * PANE_F64]!;
  side.values[entry * SIDE_WIDTH + SIDE_COUNT]! += 1;
  const absent = values.absent << ABSENT_SHIFT;
  if ((absent & ABSENT_T) === 0) side.add(entry, SIDE_T, values.temperatureCenti);
  if ((absent & ABSENT_H) === 0) side.add(entry, SIDE_H, values.humidityCenti);
  if ((absent & ABSENT_W) === 0) side.add(entry, SIDE_W, values.windCenti);
  if ((absent & (ABSENT_T | ABSENT_H)) === 0) {
    side.addHeatIndex(entry, 1, values.heatIndex, { min: values.heatIndexCenti, max: values.heatIndexCenti });
  }
}

function movePane(side: SideSlab, chunk: PaneChunk, pane: number): void {
  const entry = side.take();
  const half = pane * PANE_I16;
  const word = pane * PANE_I32;
  const flags = chunk.u16[half + FLAGS]!;
  const count = chunk.u16[half + COUNT]!;
  const { i16, i32 } = chunk;
  const v = side.values;
  if (count > 0) {
    const copy = (metric: number, sum: number, min: number, max: number) => {
      v.set([count, i32[word + sum]!, i16[half + min]!, i16[half + max]!], entry * SIDE_WIDTH + metric);
    };
    v[entry * SIDE_WIDTH + SIDE_COUNT] = count;
    if ((flags & ABSENT_T) === 0) copy(SIDE_T, SUM_T, MIN_T, MAX_T);
    if ((flags & ABSENT_H) === 0) copy(SIDE_H, SUM_H, MIN_H, MAX_H);
    if ((flags & ABSENT_W) === 0) copy(SIDE_W, SUM_W, MIN_W, MAX_W);
    if ((flags & (ABSENT_T | ABSENT_H)) === 0) {
      side.addHeatIndex(entry, count, chunk.f64[pane * PANE_F64]!, {
        min: i16[half + MIN_HI]!,
        max: i16[half + MAX_HI]!,
      });
    }
  }
  chunk.f64[pane * PANE_F64] = entry;
  chunk.u16[half + FLAGS] = flags | SIDE;
}
