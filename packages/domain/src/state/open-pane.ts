import { backfillPane, flushBackfill } from './backfill.ts';
import { NEVER, NO_MINUTE } from './city-table.ts';
import { countDirty, dirtyPane } from './dirty-pane.ts';
import { noteDirty } from './dirty-since.ts';
import { evictRows } from './evict-rows.ts';
import type { PaneChunk } from './pane-chunk.ts';
import {
  ABSENT_SHIFT,
  CORRECTABLE_HOURS,
  DIRTY,
  hourOfMinute,
  MINUTE_MS,
  pageOfHour,
  rowOfMinute,
  slotInChunk,
  slotPageAt,
} from './pane-layout.ts';
import type { PartitionCore } from './partition-core.ts';
import { reportHour } from './report-hour.ts';
import { addPane, holdHour } from './ring-page.ts';

/** No pane: the minute can no longer change. */
const SEALED = -1;
/** No pane: the tenant may take no more memory of the partition. */
export const NO_ROOM = -2;

/**
 * The pane of a slot's minute, made if need be, dirty and ready to be changed; {@link SEALED} if the minute is, {@link NO_ROOM}
 * if the tenant may take no more memory. A replay opens sealed minutes too, see backfill.ts. The record under way is at `core.appliedOffset`.
 *
 * @param absent bits (temperature 1, humidity 2, wind 4) of what the observation lacks, for a new pane.
 */
export function openPane(core: PartitionCore, slot: number, minute: number, absent: number): number {
  const { cities } = core;
  const chunk = core.chunkOf(slot);
  const newestMinute = cities.newestMinute[slot]!;
  const hour = hourOfMinute(minute);
  // A city's first pane comes with it.
  if (newestMinute !== NO_MINUTE && !core.hasRoom() && takesRoom(core, slot, minute)) return NO_ROOM;
  if (minute > newestMinute) {
    if (newestMinute !== NO_MINUTE) enterHour(core, slot, hourOfMinute(newestMinute), hour);
  } else {
    if (minute < newestMinute && isSealed(core, slot, minute)) {
      if (core.backfills === undefined) return SEALED;
      if (!isInReach(core, slot, minute)) return backfillPane(core, core.backfills, { slot, minute }, absent);
    }
    chunk.forgetSums(slotInChunk(slot), minute);
  }
  const slotPage = slotPageAt(pageOfHour(hour), slotInChunk(slot));
  if (chunk.hour[slotPage] !== hour) holdHour(core, { chunk, slot, slotPage }, hour);
  const row = rowOfMinute(minute);
  let pane = chunk.find(row, slotInChunk(slot));
  if (pane >= 0) dirtyPane(core, { chunk, slot, minute, pane });
  else {
    pane = addPane(core, chunk, slotPage, minute - hour * 60);
    chunk.clear(pane, DIRTY | (absent << ABSENT_SHIFT));
    countDirty(core, { chunk, slot, minute, pane });
    noteDirty(cities, slot, minute, core.appliedOffset);
  }
  if (minute > newestMinute) {
    cities.newestMinute[slot] = minute;
    cities.newestRow[slot] = row;
  } else if (minute < newestMinute) dirtyLaterPanes(core, chunk, slot, minute);
  return pane;
}

/** Whether the slot has no pane of the minute, and its page none of an older hour to give up for it. */
function takesRoom(core: PartitionCore, slot: number, minute: number): boolean {
  const chunk = core.chunkOf(slot);
  const inChunk = slotInChunk(slot);
  const held = chunk.hour[slotPageAt(pageOfHour(hourOfMinute(minute)), inChunk)]!;
  return held >= hourOfMinute(minute) || held === -1 ? chunk.paneOf(inChunk, minute) < 0 : false;
}

/** The slot's newest hour moves on, if it does. */
function enterHour(core: PartitionCore, slot: number, from: number, to: number): void {
  if (from === to) return;
  if (core.backfills !== undefined) flushBackfill(core, slot);
  reportHour(core, slot, from);
  evictRows(core, slot, from, to);
}

/** Whether a minute before the newest one can no longer change. */
function isSealed(core: PartitionCore, slot: number, minute: number): boolean {
  const sealedMs = core.watermarkMs(slot) - core.settings.allowedLatenessMs;
  return (minute + 1) * MINUTE_MS <= sealedMs || !isInReach(core, slot, minute);
}

/** Whether the ring holds the whole windows of a minute's row. */
function isInReach(core: PartitionCore, slot: number, minute: number): boolean {
  return hourOfMinute(core.cities.newestMinute[slot]!) - hourOfMinute(minute) <= CORRECTABLE_HOURS;
}

/** The rolling values of every later pane change with this one. Coalesced: those after `dirtyAfter` are dirty already. */
function dirtyLaterPanes(core: PartitionCore, chunk: PaneChunk, slot: number, minute: number): void {
  const { cities } = core;
  const newest = cities.newestMinute[slot]!;
  const until = Math.min(newest, cities.dirtyAfter[slot]!);
  for (let later = minute + 1; later <= until; later++) {
    const pane = chunk.paneOf(slotInChunk(slot), later);
    if (pane >= 0) dirtyPane(core, { chunk, slot, minute: later, pane });
  }
  if (minute < cities.dirtyAfter[slot]!) cities.dirtyAfter[slot] = minute;
}

/** Nothing of a slot is known to be dirty any more. */
export function forgetDirtyAfter(core: PartitionCore, slot: number): void {
  core.cities.dirtyAfter[slot] = NEVER;
}
