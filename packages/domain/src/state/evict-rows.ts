import { dirtySince, noteHanded } from './dirty-since.ts';
import { appendRow, type PanePlace } from './fill-row.ts';
import type { PaneChunk } from './pane-chunk.ts';
import { paneKey } from './pane-key.ts';
import { CORRECTABLE_HOURS, DIRTY, HANDED, HOUR_MINUTES, pageOfHour, slotInChunk, TOUCHED } from './pane-layout.ts';
import type { PartitionCore } from './partition-core.ts';

/**
 * Rows that may wait outside the ring before the partition takes no more records. One record can add all of its own: a
 * backfill may jump years within a batch.
 */
export const MAX_EVICTED_ROWS = 8_192;

/**
 * Makes the rows of dirty panes that fall out of reach when the slot's newest hour moves from `from` to `to`: now their
 * windows are whole in the ring, and nothing can change them any more.
 */
export function evictRows(core: PartitionCore, slot: number, from: number, to: number): void {
  if (core.cities.pending[slot] === 0) return;
  const chunk = core.chunkOf(slot);
  const last = Math.min(from, to - CORRECTABLE_HOURS - 1);
  for (let hour = Math.max(0, from - CORRECTABLE_HOURS); hour <= last; hour++) {
    if (chunk.holdsHour(slotInChunk(slot), hour)) evictHour(core, chunk, slot, hour);
  }
}

function evictHour(core: PartitionCore, chunk: PaneChunk, slot: number, hour: number): void {
  const first = pageOfHour(hour) * HOUR_MINUTES;
  for (let m = 0; m < HOUR_MINUTES; m++) {
    const pane = chunk.find(first + m, slotInChunk(slot));
    if (pane < 0) continue;
    const flags = chunk.flags(pane);
    if ((flags & DIRTY) === 0) continue;
    const minute = hour * HOUR_MINUTES + m;
    // Handed out and untouched: the batch holds the final row and answers for it.
    if ((flags & (HANDED | TOUCHED)) === HANDED) core.detached.add(paneKey(slot, minute));
    else evictPane(core, { chunk, pane, slot, minute });
    chunk.setFlags(pane, flags & ~(DIRTY | HANDED | TOUCHED));
    chunk.touch(pane);
  }
}

function evictPane(core: PartitionCore, place: PanePlace): void {
  const { cities, evicted } = core;
  const { chunk, pane, slot, minute } = place;
  appendRow(core, place, evicted);
  core.evictedSince = Math.min(core.evictedSince, dirtySince(cities, slot));
  cities.unhanded[slot]!--;
  noteHanded(cities, slot, minute);
  const key = paneKey(slot, minute);
  if ((chunk.flags(pane) & HANDED) !== 0) core.evictedAgain.set(key, evicted.count - 1);
  else core.storedCounts.delete(key);
}
