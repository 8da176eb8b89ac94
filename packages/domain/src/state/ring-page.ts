import type { PaneChunk } from './pane-chunk.ts';
import { firstRowOf, HOUR_MINUTES, RING_HOURS, SIDE, slotInChunk, slotPageAt } from './pane-layout.ts';
import type { PartitionCore } from './partition-core.ts';
import { CITY_COST_BYTES, PANE_COST_BYTES, SIDE_COST_BYTES } from './state-budget.ts';

/** A slot's page of the ring. */
export interface SlotPage {
  readonly chunk: PaneChunk;
  readonly slot: number;
  readonly slotPage: number;
}

/** Makes a slot's page hold this hour, counted for the tenant whose row is under way; what it held of an older one is gone. */
export function holdHour(core: PartitionCore, place: SlotPage, hour: number): void {
  const { chunk, slot, slotPage } = place;
  if (chunk.hour[slotPage] === hour) return;
  refundPage(core, place);
  if (core.cities.sidePanes[slot]! > 0) releaseSidePanes(core, place);
  chunk.begin(slotPage, hour);
  chunk.payer[slotPage] = core.tenant;
}

/** Makes a pane in the hour that a slot's page holds. Panes of other slots may move. @returns the pane, with leftovers in it */
export function addPane(core: PartitionCore, chunk: PaneChunk, slotPage: number, minuteInHour: number): number {
  core.budget.charge(chunk.payer[slotPage]!, PANE_COST_BYTES);
  return chunk.add(slotPage, minuteInHour);
}

/** A city was removed: neither it nor its panes count from now on, though rows of them may still have to be stored. */
export function refundCity(core: PartitionCore, slot: number): void {
  const chunk = core.chunkOf(slot);
  core.budget.refund(core.cities.owner[slot]!, CITY_COST_BYTES);
  for (let page = 0; page < RING_HOURS; page++) {
    refundPage(core, { chunk, slot, slotPage: slotPageAt(page, slotInChunk(slot)) });
  }
}

function refundPage(core: PartitionCore, place: SlotPage): void {
  const { chunk, slotPage } = place;
  if (chunk.hour[slotPage] === -1) return;
  let bytes = 0;
  forEachPane(place, (pane) => {
    bytes += PANE_COST_BYTES + ((chunk.flags(pane) & SIDE) === 0 ? 0 : SIDE_COST_BYTES);
  });
  core.budget.refund(chunk.payer[slotPage]!, bytes);
}

/** Gives back the side entries of a slot's page before it holds another hour. */
export function releaseSidePanes(core: PartitionCore, place: SlotPage): void {
  const { chunk, slot } = place;
  forEachPane(place, (pane) => {
    if ((chunk.flags(pane) & SIDE) === 0) return;
    core.side.release(chunk.sideEntry(pane));
    core.cities.sidePanes[slot]!--;
  });
}

function forEachPane({ chunk, slot, slotPage }: SlotPage, visit: (pane: number) => void): void {
  const first = firstRowOf(slotPage);
  for (let row = first; row < first + HOUR_MINUTES; row++) {
    const pane = chunk.find(row, slotInChunk(slot));
    if (pane >= 0) visit(pane);
  }
}
