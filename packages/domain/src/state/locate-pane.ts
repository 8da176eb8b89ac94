import { NEVER, NO_MINUTE } from './city-table.ts';
import { noteDirty } from './dirty-since.ts';
import { evictRows } from './evict-rows.ts';
import type { PanePlace } from './fill-row.ts';
import type { PaneChunk } from './pane-chunk.ts';
import {
  ABSENT_SHIFT,
  CORRECTABLE_HOURS,
  DIRTY,
  HANDED,
  HOUR_MINUTES,
  hourOfMinute,
  MINUTE_MS,
  pageOfHour,
  paneAt,
  rowOfPane,
  SIDE,
  slotInChunk,
  slotPageAt,
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
  const hour = hourOfMinute(minute);
  if (minute > newestMinute) {
    if (newestMinute !== NO_MINUTE) enterHour(core, slot, hourOfMinute(newestMinute), hour);
  } else {
    if (minute < newestMinute && isSealed(core, slot, minute)) return -1;
    chunk.forgetSums(slotInChunk(slot), minute);
  }
  const slotPage = slotPageAt(pageOfHour(hour), slotInChunk(slot));
  const minuteInHour = minute - hour * 60;
  const pane = paneAt(slotPage, minuteInHour);
  if (chunk.hour[slotPage] !== hour) {
    if (cities.sidePanes[slot]! > 0) releaseSidePanes(core, chunk, slot, slotPage);
    chunk.begin(slotPage, hour);
  }
  if (chunk.exists(slotPage, minuteInHour)) dirtyPane(core, { chunk, slot, minute, pane });
  else {
    chunk.add(slotPage, minuteInHour);
    chunk.clear(pane, DIRTY | (absent << ABSENT_SHIFT));
    countDirty(core, chunk, slot, pane);
    noteDirty(cities, slot, minute, core.appliedOffset);
  }
  if (minute > newestMinute) {
    cities.newestMinute[slot] = minute;
    cities.newestPane[slot] = pane;
  } else if (minute < newestMinute) dirtyLaterPanes(core, chunk, slot, minute);
  return pane;
}

/** The slot's newest hour moves on, if it does. */
function enterHour(core: PartitionCore, slot: number, from: number, to: number): void {
  if (from === to) return;
  reportHour(core, slot, from);
  evictRows(core, slot, from, to);
}

/** Whether a minute before the newest one can no longer change. */
function isSealed(core: PartitionCore, slot: number, minute: number): boolean {
  const sealedMs = core.watermarkMs(slot) - core.settings.allowedLatenessMs;
  const hoursBehind = hourOfMinute(core.cities.newestMinute[slot]!) - hourOfMinute(minute);
  return (minute + 1) * MINUTE_MS <= sealedMs || hoursBehind > CORRECTABLE_HOURS;
}

/** Marks an existing pane as changed. */
function dirtyPane(core: PartitionCore, place: PanePlace): void {
  const { chunk, slot, minute, pane } = place;
  const flags = chunk.flags(pane);
  if ((flags & DIRTY) === 0) {
    core.storedCounts.set(paneKey(slot, minute), observationsOf(core, chunk, pane));
    chunk.setFlags(pane, flags | DIRTY);
    countDirty(core, chunk, slot, pane);
  } else if ((flags & (HANDED | TOUCHED)) === HANDED) {
    chunk.setFlags(pane, flags | TOUCHED);
    core.cities.unhanded[slot]!++;
    chunk.rowDirty[rowOfPane(pane)] = 1;
  } else return;
  noteDirty(core.cities, slot, minute, core.appliedOffset);
}

function observationsOf({ side }: PartitionCore, chunk: PaneChunk, pane: number): number {
  return (chunk.flags(pane) & SIDE) !== 0
    ? side.values[chunk.sideEntry(pane) * SIDE_WIDTH + SIDE_COUNT]!
    : chunk.count(pane);
}

function countDirty(core: PartitionCore, chunk: PaneChunk, slot: number, pane: number): void {
  const row = rowOfPane(pane);
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
    const pane = chunk.find(slotInChunk(slot), later);
    if (pane >= 0) dirtyPane(core, { chunk, slot, minute: later, pane });
  }
  if (minute < cities.dirtyAfter[slot]!) cities.dirtyAfter[slot] = minute;
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

/** Nothing of a slot is known to be dirty any more. */
export function forgetDirtyAfter(core: PartitionCore, slot: number): void {
  core.cities.dirtyAfter[slot] = NEVER;
}
