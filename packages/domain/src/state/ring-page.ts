import type { PaneChunk } from './pane-chunk.ts';
import { HOUR_MINUTES, paneAt, SIDE } from './pane-layout.ts';
import type { PartitionCore } from './partition-core.ts';

/** Makes a slot's page hold this hour; what it held of an older one is gone. */
export function holdHour(
  core: PartitionCore,
  place: { readonly chunk: PaneChunk; readonly slot: number; readonly slotPage: number },
  hour: number,
): void {
  const { chunk, slot, slotPage } = place;
  if (chunk.hour[slotPage] === hour) return;
  if (core.cities.sidePanes[slot]! > 0) releaseSidePanes(core, chunk, slot, slotPage);
  chunk.begin(slotPage, hour);
}

/** Gives back the side entries of a slot's page before it holds another hour. */
export function releaseSidePanes(core: PartitionCore, chunk: PaneChunk, slot: number, slotPage: number): void {
  for (let m = 0; m < HOUR_MINUTES; m++) {
    if (!chunk.exists(slotPage, m)) continue;
    const pane = paneAt(slotPage, m);
    if ((chunk.flags(pane) & SIDE) === 0) continue;
    core.side.release(chunk.sideEntry(pane));
    core.cities.sidePanes[slot]!--;
  }
}
