import type { PanePlace } from './fill-row.ts';
import type { PaneChunk } from './pane-chunk.ts';
import {
  ABSENT_H,
  ABSENT_T,
  ABSENT_W,
  hourOfMinute,
  pageOfHour,
  SIDE,
  slotInChunk,
  slotPageAt,
} from './pane-layout.ts';
import type { PartitionCore } from './partition-core.ts';
import { SIDE_COUNT, SIDE_H, SIDE_T, SIDE_W, SIDE_WIDTH, type SideSlab } from './side-slab.ts';
import { SIDE_COST_BYTES } from './state-budget.ts';

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
export function addToSidePane(core: PartitionCore, place: PanePlace, values: PaneValues): void {
  const { chunk, slot, minute, pane } = place;
  const { side } = core;
  if ((chunk.flags(pane) & SIDE) === 0) {
    movePane(side, chunk, pane);
    core.cities.sidePanes[slot]!++;
    const slotPage = slotPageAt(pageOfHour(hourOfMinute(minute)), slotInChunk(slot));
    core.budget.charge(chunk.payer[slotPage]!, SIDE_COST_BYTES);
  }
  const entry = chunk.sideEntry(pane);
  side.values[entry * SIDE_WIDTH + SIDE_COUNT]! += 1;
  if ((values.absent & 1) === 0) side.add(entry, SIDE_T, values.temperatureCenti);
  if ((values.absent & 2) === 0) side.add(entry, SIDE_H, values.humidityCenti);
  if ((values.absent & 4) === 0) side.add(entry, SIDE_W, values.windCenti);
  if ((values.absent & 3) === 0) {
    side.addHeatIndex(entry, 1, values.heatIndex, { min: values.heatIndexCenti, max: values.heatIndexCenti });
  }
}

function movePane(side: SideSlab, chunk: PaneChunk, pane: number): void {
  const entry = side.take();
  const flags = chunk.flags(pane);
  const count = chunk.count(pane);
  const at = entry * SIDE_WIDTH;
  if (count > 0) {
    const v = side.values;
    v[at + SIDE_COUNT] = count;
    if ((flags & ABSENT_T) === 0) {
      v.set([count, chunk.temperatureSum(pane), chunk.temperatureMin(pane), chunk.temperatureMax(pane)], at + SIDE_T);
    }
    if ((flags & ABSENT_H) === 0) {
      v.set([count, chunk.humiditySum(pane), chunk.humidityMin(pane), chunk.humidityMax(pane)], at + SIDE_H);
    }
    if ((flags & ABSENT_W) === 0) {
      v.set([count, chunk.windSum(pane), chunk.windMin(pane), chunk.windMax(pane)], at + SIDE_W);
    }
    if ((flags & (ABSENT_T | ABSENT_H)) === 0) {
      const extremes = { min: chunk.heatIndexMin(pane), max: chunk.heatIndexMax(pane) };
      side.addHeatIndex(entry, count, chunk.heatIndexSum(pane), extremes);
    }
  }
  chunk.setSideEntry(pane, entry);
  chunk.setFlags(pane, flags | SIDE);
}
