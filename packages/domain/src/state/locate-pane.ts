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
  paneAt,
  slotInChunk,
  slotPageAt,
} from './pane-layout.ts';
import type { PartitionCore } from './partition-core.ts';
import { reportHour } from './report-hour.ts';
import { holdHour } from './ring-page.ts';

/**
 * The pane of a slot's minute, made if need be, dirty and ready to be changed; -1 if the minute is sealed. A replay opens
 * sealed minutes too, see backfill.ts. The record under way is at `core.appliedOffset`.
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
    if (minute < newestMinute && isSealed(core, slot, minute)) {
      if (core.backfills === undefined) return -1;
      if (!isInReach(core, slot, minute)) return backfillPane(core, core.backfills, { slot, minute }, absent);
    }
    chunk.forgetSums(slotInChunk(slot), minute);
  }
  const slotPage = slotPageAt(pageOfHour(hour), slotInChunk(slot));
  const minuteInHour = minute - hour * 60;
  const pane = paneAt(slotPage, minuteInHour);
  if (chunk.hour[slotPage] !== hour) holdHour(core, { chunk, slot, slotPage }, hour);
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
    const pane = chunk.find(slotInChunk(slot), later);
    if (pane >= 0) dirtyPane(core, { chunk, slot, minute: later, pane });
  }
  if (minute < cities.dirtyAfter[slot]!) cities.dirtyAfter[slot] = minute;
}

/** Nothing of a slot is known to be dirty any more. */
export function forgetDirtyAfter(core: PartitionCore, slot: number): void {
  core.cities.dirtyAfter[slot] = NEVER;
}
