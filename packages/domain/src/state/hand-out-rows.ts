import { SlotUse } from './city-table.ts';
import { noteHanded } from './dirty-since.ts';
import { appendRow } from './fill-row.ts';
import { forgetDirtyAfter } from './open-pane.ts';
import type { PaneChunk } from './pane-chunk.ts';
import {
  CHUNK_SHIFT,
  CHUNK_SLOTS,
  DIRTY,
  HANDED,
  HOUR_MINUTES,
  hourOfMinute,
  MINUTE_MS,
  RING_HOURS,
  slotPageAt,
} from './pane-layout.ts';
import type { PartitionCore } from './partition-core.ts';
import type { RowColumns } from './row-columns.ts';

/** Which rows to hand out. */
export interface HandOutOptions {
  readonly maxRows: number;
  /** Whether panes that are still open count too. */
  readonly includeOpen: boolean;
}

/** Appends the rows of closed dirty panes of the ring to `rows` and marks them as handed out. Oldest hours first within a chunk. */
export function handOutRows(core: PartitionCore, rows: RowColumns, options: HandOutOptions): void {
  const { chunks } = core;
  for (let i = 0; i < chunks.length && rows.count < options.maxRows; i++) {
    const index = core.nextChunk % chunks.length;
    const chunk = chunks[index]!;
    const first = (newestHourOf(core, index) + 1) % RING_HOURS;
    for (let page = 0; page < RING_HOURS && rows.count < options.maxRows; page++) {
      handOutPage(core, { chunk, index, page: (first + page) % RING_HOURS }, rows, options);
    }
    // A chunk that was cut short goes on next time.
    if (rows.count < options.maxRows) core.nextChunk = (index + 1) % chunks.length;
  }
}

interface PagePlace {
  readonly chunk: PaneChunk;
  readonly index: number;
  readonly page: number;
}

function handOutPage(core: PartitionCore, place: PagePlace, rows: RowColumns, options: HandOutOptions): void {
  const { chunk, page } = place;
  const first = page * HOUR_MINUTES;
  for (let m = chunk.rowDirty.indexOf(1, first) - first; m >= 0 && m < HOUR_MINUTES; m++) {
    if (chunk.rowDirty[first + m] === 0) continue;
    if (rows.count >= options.maxRows) return;
    chunk.rowDirty[first + m] = handOutRow(core, place, m, rows, options) ? 1 : 0;
  }
}

/** @returns whether the row still has panes to hand out. */
function handOutRow(
  core: PartitionCore,
  { chunk, index, page }: PagePlace,
  minuteInHour: number,
  rows: RowColumns,
  { maxRows, includeOpen }: HandOutOptions,
): boolean {
  const { cities } = core;
  let left = false;
  for (let inChunk = 0; inChunk < CHUNK_SLOTS; inChunk++) {
    const pane = chunk.find(page * HOUR_MINUTES + minuteInHour, inChunk);
    const flags = pane < 0 ? 0 : chunk.flags(pane);
    if ((flags & DIRTY) === 0) continue;
    const slot = (index << CHUNK_SHIFT) | inChunk;
    const minute = chunk.hour[slotPageAt(page, inChunk)]! * HOUR_MINUTES + minuteInHour;
    if (rows.count >= maxRows || !(includeOpen || isClosed(core, slot, minute))) {
      left = true;
      continue;
    }
    appendRow(core, { chunk, pane, slot, minute }, rows);
    chunk.setFlags(pane, flags | HANDED);
    chunk.citiesChanged = true;
    cities.unhanded[slot]!--;
    noteHanded(cities, slot, minute);
    forgetDirtyAfter(core, slot);
  }
  return left;
}

/** Whether a minute's end is behind its city's watermark, or its city is quiet or gone. */
function isClosed(core: PartitionCore, slot: number, minute: number): boolean {
  return (
    (minute + 1) * MINUTE_MS <= core.watermarkMs(slot) ||
    core.isQuiet(slot) ||
    core.cities.use[slot] === SlotUse.RETIRING
  );
}

/** Newest hour of a chunk's cities; -1 if it has none. */
function newestHourOf(core: PartitionCore, chunkIndex: number): number {
  const { newestMinute } = core.cities;
  let newest = -1;
  for (let slot = chunkIndex << CHUNK_SHIFT; slot < (chunkIndex + 1) << CHUNK_SHIFT; slot++) {
    newest = Math.max(newest, newestMinute[slot]!);
  }
  return newest < 0 ? -1 : hourOfMinute(newest);
}
