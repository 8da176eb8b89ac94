import { NEVER, NO_MINUTE } from './city-table.ts';
import { noteDirty } from './dirty-since.ts';
import { evictRows } from './evict-rows.ts';
import type { PaneChunk } from './pane-chunk.ts';
import {
  ABSENT_SHIFT,
  CHUNK_SHIFT,
  CHUNK_SLOT_MASK,
  CHUNK_SLOTS,
  CORRECTABLE_HOURS,
  COUNT,
  DIRTY,
  FLAGS,
  HANDED,
  HOUR_MINUTES,
  MAX_CENTI,
  MIN_T,
  MINUTE_MS,
  PANE_F64,
  PANE_I16,
  PANE_I32,
  RING_HOURS,
  SIDE,
  SUM_H,
  SUM_T,
  SUM_W,
  TOUCHED,
} from './pane-layout.ts';
import { type PartitionCore, paneKey } from './partition-core.ts';
import { reportHour } from './report-hour.ts';
import { SIDE_COUNT, SIDE_WIDTH } from './side-slab.ts';

/**
 * The pane of a slot's minute, made if need be, dirty and ready to be changed; -1 if the minute is sealed. The record
 * under way is at `core.appliedOffset`.
 *
 * @param absent bits (temperature 1, humidity 2, wind 4) of what the observation lacks, for a new pane.
 */
export function locatePane(core: PartitionCore, slot: number, minute: number, absent: number): number {
  const { cities } = core;
  const chunk = core.chunkOf(slot);
  const newestMinute = cities.newestMinute[slot]!;
  const hour = Math.floor(minute / HOUR_MINUTES);
  const newestHour = Math.floor(newestMinute / HOUR_MINUTES);
  if (minute < newestMinute && isSealed(core, slot, minute, newestHour - hour)) return -1;
  if (hour > newestHour && newestMinute !== NO_MINUTE) {
    reportHour(core, slot, newestHour);
    evictRows(core, slot, newestHour, hour);
  }
  core.windows.forget(slot, minute);
  const inChunk = slot & CHUNK_SLOT_MASK;
  const page = hour % RING_HOURS;
  const slotPage = page * CHUNK_SLOTS + inChunk;
  const minuteInHour = minute - hour * HOUR_MINUTES;
  const pane = ((page * HOUR_MINUTES + minuteInHour) << CHUNK_SHIFT) | inChunk;
  if (chunk.hour[slotPage] !== hour) {
    if (cities.sidePanes[slot]! > 0) releaseSidePanes(core, chunk, slot, page);
    chunk.begin(slotPage, hour);
  }
  if (chunk.exists(slotPage, minuteInHour)) dirtyPane(core, chunk, { slot, minute, pane });
  else {
    chunk.add(slotPage, minuteInHour);
    clearPane(chunk, pane, DIRTY | (absent << ABSENT_SHIFT));
    countDirty(core, chunk, slot, pane);
    noteDirty(cities, slot, minute, core.appliedOffset);
  }
  if (minute > newestMinute) {
    cities.newestMinute[slot] = minute;
    cities.newestPane[slot] = pane;
  } else if (minute < newestMinute) dirtyLaterPanes(core, chunk, slot, minute);
  return pane;
}

/** Whether a minute before the newest one can no longer change. */
function isSealed(core: PartitionCore, slot: number, minute: number, hoursBehind: number): boolean {
  const sealedMs = core.watermarkMs(slot) - core.settings.allowedLatenessMs;
  return (minute + 1) * MINUTE_MS <= sealedMs || hoursBehind > CORRECTABLE_HOURS;
}

/** Marks an existing pane as changed. */
function dirtyPane(
  core: PartitionCore,
  chunk: PaneChunk,
  { slot, minute, pane }: { readonly slot: number; readonly minute: number; readonly pane: number },
): void {
  const at = pane * PANE_I16 + FLAGS;
  const flags = chunk.u16[at]!;
  if ((flags & DIRTY) === 0) {
    rememberStored(core, chunk, slot, minute, pane);
    chunk.u16[at] = flags | DIRTY;
    countDirty(core, chunk, slot, pane);
  } else if ((flags & (HANDED | TOUCHED)) === HANDED) {
    chunk.u16[at] = flags | TOUCHED;
    core.cities.unhanded[slot]!++;
    chunk.rowDirty[pane >> CHUNK_SHIFT] = 1;
  } else return;
  noteDirty(core.cities, slot, minute, core.appliedOffset);
}

/** A pane about to change remembers how much of it is stored. */
function rememberStored(core: PartitionCore, chunk: PaneChunk, slot: number, minute: number, pane: number): void {
  const flags = chunk.u16[pane * PANE_I16 + FLAGS]!;
  const count =
    (flags & SIDE) !== 0
      ? core.side.values[chunk.f64[pane * PANE_F64]! * SIDE_WIDTH + SIDE_COUNT]!
      : chunk.u16[pane * PANE_I16 + COUNT]!;
  core.storedCounts.set(paneKey(slot, minute), count);
}

function countDirty(core: PartitionCore, chunk: PaneChunk, slot: number, pane: number): void {
  const row = pane >> CHUNK_SHIFT;
  chunk.rowDirty[row] = 1;
  chunk.touchRow(row);
  core.cities.pending[slot]!++;
  core.cities.unhanded[slot]!++;
  core.rowsPending++;
}

/** The rolling values of every later pane change with this one. Coalesced: those after `dirtyAfter` are dirty already. */
function dirtyLaterPanes(core: PartitionCore, chunk: PaneChunk, slot: number, minute: number): void {
  const { cities } = core;
  const newest = cities.newestMinute[slot]!;
  const until = Math.min(newest, cities.dirtyAfter[slot]!);
  for (let later = minute + 1; later <= until; later++) {
    const pane = chunk.find(slot & CHUNK_SLOT_MASK, later);
    if (pane >= 0) dirtyPane(core, chunk, { slot, minute: later, pane });
  }
  if (minute < cities.dirtyAfter[slot]!) cities.dirtyAfter[slot] = minute;
}

function clearPane(chunk: PaneChunk, pane: number, flags: number): void {
  chunk.f64[pane * PANE_F64] = 0;
  const word = pane * PANE_I32;
  chunk.i32[word + SUM_T] = 0;
  chunk.i32[word + SUM_H] = 0;
  chunk.i32[word + SUM_W] = 0;
  const half = pane * PANE_I16;
  for (let extreme = MIN_T; extreme < COUNT; extreme += 2) {
    chunk.i16[half + extreme] = MAX_CENTI;
    chunk.i16[half + extreme + 1] = -MAX_CENTI - 1;
  }
  chunk.u16[half + COUNT] = 0;
  chunk.u16[half + FLAGS] = flags;
}

/** Gives back the side entries of a slot's page before it holds another hour. */
export function releaseSidePanes(core: PartitionCore, chunk: PaneChunk, slot: number, page: number): void {
  const inChunk = slot & CHUNK_SLOT_MASK;
  for (let m = 0; m < HOUR_MINUTES; m++) {
    if (!chunk.exists(page * CHUNK_SLOTS + inChunk, m)) continue;
    const pane = ((page * HOUR_MINUTES + m) << CHUNK_SHIFT) | inChunk;
    if ((chunk.u16[pane * PANE_I16 + FLAGS]! & SIDE) === 0) continue;
    core.side.release(chunk.f64[pane * PANE_F64]!);
    core.cities.sidePanes[slot]!--;
  }
}

/** Nothing of a slot is known to be dirty any more. */
export function forgetDirtyAfter(core: PartitionCore, slot: number): void {
  core.cities.dirtyAfter[slot] = NEVER;
}
