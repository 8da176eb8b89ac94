import { HourTotals } from './hour-totals.ts';
import { CHUNK_SLOTS, hourOfMinute, pageOfHour, paneAt, RING_HOURS, RING_ROWS, slotPageAt } from './pane-layout.ts';
import { PaneSlab } from './pane-slab.ts';
import type { StateMemory } from './state-memory.ts';
import { WindowCache } from './window-cache.ts';

/**
 * Panes of 64 city slots in a ring of 27 hours. Clocks of cities differ, so what a place of the ring holds is known by
 * city: `hour` names the hour of a slot's page, `minutesLow` and `minutesHigh` which of its minutes exist, 30 each. A
 * pane that does not exist holds leftovers; whoever creates it writes all of it.
 */
export class PaneChunk extends PaneSlab {
  /** By page and slot: hours since the epoch, -1 for none. */
  readonly hour: Int32Array;
  readonly minutesLow: Uint32Array;
  readonly minutesHigh: Uint32Array;

  /** By row of the ring: whether a pane of it waits to be handed out. */
  readonly rowDirty = new Uint8Array(RING_ROWS);
  /** By row: whether it changed since the last segment, and whether it was ever written. */
  readonly rowChanged = new Uint8Array(RING_ROWS);
  readonly rowWritten = new Uint8Array(RING_ROWS);
  /** By page: whether its hours or minutes changed since the last segment. */
  readonly pageChanged = new Uint8Array(RING_HOURS);
  /** Whether facts of its cities changed since the last segment. */
  citiesChanged = false;
  /** Sums for the windows of its rows. */
  readonly windows: WindowCache;
  readonly #memory: StateMemory;
  #hourTotals: HourTotals | undefined = undefined;

  constructor(memory: StateMemory) {
    super(memory);
    this.#memory = memory;
    this.hour = memory.take(Int32Array, RING_HOURS * CHUNK_SLOTS).fill(-1);
    this.minutesLow = memory.take(Uint32Array, RING_HOURS * CHUNK_SLOTS);
    this.minutesHigh = memory.take(Uint32Array, RING_HOURS * CHUNK_SLOTS);
    this.windows = new WindowCache(memory);
  }

  /** Totals for windows that are read, made when the first one is. */
  get hourTotals(): HourTotals {
    this.#hourTotals ??= new HourTotals(this.#memory);
    return this.#hourTotals;
  }

  /** Whether the slot's page holds this hour. */
  holdsHour(inChunk: number, hour: number): boolean {
    return this.hour[slotPageAt(pageOfHour(hour), inChunk)] === hour;
  }

  /** Pane of the slot's minute, or -1 if there is none. */
  find(inChunk: number, minute: number): number {
    const hour = hourOfMinute(minute);
    const slotPage = slotPageAt(pageOfHour(hour), inChunk);
    if (this.hour[slotPage] !== hour) return -1;
    const minuteInHour = minute - hour * 60;
    return this.exists(slotPage, minuteInHour) ? paneAt(slotPage, minuteInHour) : -1;
  }

  /** Whether the minute of a slot's page exists. */
  exists(slotPage: number, minuteInHour: number): boolean {
    return minuteInHour < 30
      ? ((this.minutesLow[slotPage]! >>> minuteInHour) & 1) === 1
      : ((this.minutesHigh[slotPage]! >>> (minuteInHour - 30)) & 1) === 1;
  }

  /** Notes that the minute exists. */
  add(slotPage: number, minuteInHour: number): void {
    if (minuteInHour < 30) this.minutesLow[slotPage]! |= 1 << minuteInHour;
    else this.minutesHigh[slotPage]! |= 1 << (minuteInHour - 30);
    this.pageChanged[slotPage >> 6] = 1;
  }

  /** Begins another hour in a slot's page; -1 for none. */
  begin(slotPage: number, hour: number): void {
    this.hour[slotPage] = hour;
    this.minutesLow[slotPage] = 0;
    this.minutesHigh[slotPage] = 0;
    this.pageChanged[slotPage >> 6] = 1;
  }

  /** A pane that sums or totals may be made of is about to change. */
  forgetSums(inChunk: number, minute: number): void {
    this.windows.forget(inChunk, minute);
    this.#hourTotals?.forget(inChunk, hourOfMinute(minute));
  }

  /** The slot's panes are gone: so are its sums and totals. */
  forgetSlot(inChunk: number): void {
    this.windows.forgetSlot(inChunk);
    this.#hourTotals?.forgetSlot(inChunk);
  }

  /** Notes that a row changed. */
  touchRow(row: number): void {
    this.rowChanged[row] = 1;
    this.rowWritten[row] = 1;
  }
}
