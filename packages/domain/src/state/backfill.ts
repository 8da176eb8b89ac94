import { dirtyPane, observationsOf } from './dirty-pane.ts';
import { appendRow, type PanePlace } from './fill-row.ts';
import { clearLostWindows, lostWindows } from './lost-windows.ts';
import { paneKey } from './pane-key.ts';
import {
  ABSENT_SHIFT,
  CORRECTABLE_HOURS,
  HOUR_MINUTES,
  hourOfMinute,
  pageOfHour,
  RING_HOURS,
  rowOfMinute,
  slotInChunk,
  slotPageAt,
} from './pane-layout.ts';
import type { Backfills, PartitionCore } from './partition-core.ts';
import { addPane, holdHour } from './ring-page.ts';

/** Longest window of a row, in minutes: so far back a change is felt. */
const LONGEST_WINDOW_MINUTES = 1440;

/**
 * The pane of a slot's minute out of reach, made if need be, ready to be changed; {@link SEALED} if the ring does not go back so far.
 * Its row is made by {@link flushBackfill}, together with those whose windows cover it. See docs/adr/0009-replay-and-backfill.md.
 *
 * @param absent bits (temperature 1, humidity 2, wind 4) of what the observation lacks, for a new pane.
 */
export function backfillPane(
  core: PartitionCore,
  backfills: Backfills,
  { slot, minute }: { readonly slot: number; readonly minute: number },
  absent: number,
): number {
  const chunk = core.chunkOf(slot);
  const inChunk = slotInChunk(slot);
  const hour = hourOfMinute(minute);
  if (hourOfMinute(core.cities.newestMinute[slot]!) - hour >= RING_HOURS) return -1;
  chunk.forgetSums(inChunk, minute);
  const slotPage = slotPageAt(pageOfHour(hour), inChunk);
  holdHour(core, { chunk, slot, slotPage }, hour);
  let pane = chunk.find(rowOfMinute(minute), inChunk);
  const exists = pane >= 0;
  let changed = backfills.get(slot);
  if (changed === undefined) {
    changed = new Map();
    backfills.set(slot, changed);
  }
  if (!changed.has(minute)) changed.set(minute, exists ? observationsOf(core, chunk, pane) : 0);
  if (!exists) {
    pane = addPane(core, chunk, slotPage, minute - hour * HOUR_MINUTES);
    chunk.clear(pane, absent << ABSENT_SHIFT);
  }
  chunk.touch(pane);
  return pane;
}

/**
 * Makes every row again that backfilled panes of the slot change: theirs, and those of up to a day later. Rows in reach
 * become dirty; the others are made now, before the slot's newest hour moves on, so that what they say depends on the log alone.
 */
export function flushBackfill(core: PartitionCore, slot: number): void {
  const changed = core.backfills?.get(slot);
  if (changed === undefined) return;
  core.backfills?.delete(slot);
  const chunk = core.chunkOf(slot);
  const newest = core.cities.newestMinute[slot]!;
  const inReach = (hourOfMinute(newest) - CORRECTABLE_HOURS) * HOUR_MINUTES;
  const minutes = [...changed.keys()];
  const first = Math.min(...minutes);
  const last = Math.min(newest, Math.max(...minutes) + LONGEST_WINDOW_MINUTES);
  let latest = first;
  for (let minute = first; minute <= last; minute++) {
    if (changed.has(minute)) latest = minute;
    if (minute - latest > LONGEST_WINDOW_MINUTES) continue;
    const pane = chunk.paneOf(slotInChunk(slot), minute);
    if (pane < 0) continue;
    const place = { chunk, pane, slot, minute };
    if (minute >= inReach) dirtyPane(core, place);
    else appendBackfilled(core, place, changed.get(minute));
  }
}

/** Appends a row out of reach to those that wait outside the ring. @param before observations of the pane before this replay, if it changed them. */
function appendBackfilled(core: PartitionCore, place: PanePlace, before: number | undefined): void {
  const { chunk, slot, minute } = place;
  const { evicted, cities } = core;
  appendRow(core, place, evicted);
  const at = evicted.count - 1;
  clearLostWindows(evicted, at, lostWindows(chunk, slotInChunk(slot), minute));
  const key = paneKey(slot, minute);
  // An older row of it is out, and the ring no longer answers for it: the two are settled together.
  if (core.detached.has(key) && !core.evictedAgain.has(key)) core.evictedAgain.set(key, at);
  else {
    evicted.storedBefore[at] = before ?? evicted.observations[at]!;
    cities.pending[slot]!++;
    core.rowsPending++;
  }
  chunk.citiesChanged = true;
  core.evictedSince = Math.min(core.evictedSince, core.appliedOffset);
  core.mayWaitTwice = true;
}
