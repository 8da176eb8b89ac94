import { dirtySince, noteHanded } from './dirty-since.ts';
import { appendRow } from './fill-row.ts';
import type { PaneChunk } from './pane-chunk.ts';
import {
  CHUNK_SHIFT,
  CHUNK_SLOT_MASK,
  CHUNK_SLOTS,
  CORRECTABLE_HOURS,
  DIRTY,
  FLAGS,
  HANDED,
  HOUR_MINUTES,
  PANE_I16,
  RING_HOURS,
  TOUCHED,
} from './pane-layout.ts';
import { type PartitionCore, paneKey } from './partition-core.ts';

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
    if (chunk.holdsHour(slot & CHUNK_SLOT_MASK, hour)) evictHour(core, chunk, slot, hour);
  }
}

function evictHour(core: PartitionCore, chunk: PaneChunk, slot: number, hour: number): void {
  const page = hour % RING_HOURS;
  const inChunk = slot & CHUNK_SLOT_MASK;
  for (let m = 0; m < HOUR_MINUTES; m++) {
    if (!chunk.exists(page * CHUNK_SLOTS + inChunk, m)) continue;
    const row = page * HOUR_MINUTES + m;
    const pane = (row << CHUNK_SHIFT) | inChunk;
    const flags = chunk.u16[pane * PANE_I16 + FLAGS]!;
    if ((flags & DIRTY) === 0) continue;
    // Handed out and untouched: the batch holds the final row and answers for it.
    if ((flags & (HANDED | TOUCHED)) !== HANDED)
      evictPane(core, chunk, { pane, slot, minute: hour * HOUR_MINUTES + m });
    chunk.u16[pane * PANE_I16 + FLAGS] = flags & ~(DIRTY | HANDED | TOUCHED);
    chunk.touchRow(row);
  }
}

function evictPane(
  core: PartitionCore,
  chunk: PaneChunk,
  { pane, slot, minute }: { readonly pane: number; readonly slot: number; readonly minute: number },
): void {
  const { cities, evicted } = core;
  appendRow(core, { chunk, pane, slot, minute }, evicted);
  core.evictedSince = Math.min(core.evictedSince, dirtySince(cities, slot));
  cities.unhanded[slot]!--;
  noteHanded(cities, slot, minute);
  const key = paneKey(slot, minute);
  if ((chunk.u16[pane * PANE_I16 + FLAGS]! & HANDED) !== 0) core.evictedAgain.set(key, evicted.count - 1);
  else core.storedCounts.delete(key);
}
