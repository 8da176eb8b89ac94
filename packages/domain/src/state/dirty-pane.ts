import { noteDirty } from './dirty-since.ts';
import type { PanePlace } from './fill-row.ts';
import type { PaneChunk } from './pane-chunk.ts';
import { paneKey } from './pane-key.ts';
import { DIRTY, HANDED, rowOfMinute, SIDE, TOUCHED } from './pane-layout.ts';
import type { PartitionCore } from './partition-core.ts';
import { SIDE_COUNT, SIDE_WIDTH } from './side-slab.ts';

/** Marks an existing pane in reach as changed. */
export function dirtyPane(core: PartitionCore, place: PanePlace): void {
  const { chunk, slot, minute, pane } = place;
  const flags = chunk.flags(pane);
  if ((flags & DIRTY) === 0) {
    core.storedCounts.set(paneKey(slot, minute), observationsOf(core, chunk, pane));
    chunk.setFlags(pane, flags | DIRTY);
    countDirty(core, place);
  } else if ((flags & (HANDED | TOUCHED)) === HANDED) {
    chunk.setFlags(pane, flags | TOUCHED);
    core.cities.unhanded[slot]!++;
    chunk.rowDirty[rowOfMinute(minute)] = 1;
  } else return;
  noteDirty(core.cities, slot, minute, core.appliedOffset);
}

/** Observations of a pane. */
export function observationsOf({ side }: PartitionCore, chunk: PaneChunk, pane: number): number {
  return (chunk.flags(pane) & SIDE) !== 0
    ? side.values[chunk.sideEntry(pane) * SIDE_WIDTH + SIDE_COUNT]!
    : chunk.count(pane);
}

/** Counts a pane that has just become dirty. */
export function countDirty(core: PartitionCore, { chunk, slot, minute, pane }: PanePlace): void {
  chunk.rowDirty[rowOfMinute(minute)] = 1;
  chunk.touch(pane);
  core.cities.pending[slot]!++;
  core.cities.unhanded[slot]!++;
  core.rowsPending++;
}
