import type { HourTotals } from './hour-totals.ts';
import {
  CHUNK_SLOTS,
  firstRowOf,
  HOUR_MINUTES,
  hourOfMinute,
  pageOfHour,
  RING_HOURS,
  RING_ROWS,
  rowOfMinute,
  slotPageAt,
} from './pane-layout.ts';
import { PaneRows } from './pane-rows.ts';
import type { StateMemory } from './state-memory.ts';
import type { SumsPool } from './sums-pool.ts';
import type { WindowCache } from './window-cache.ts';

/**
 * Panes of 64 city slots in a ring of 27 hours. Clocks of cities differ, so what a place of the ring holds is known by
 * city: `hour` names the hour of a slot's page. Whoever creates a pane writes all of it.
 */
export class PaneChunk extends PaneRows {
  /** By page and slot: hours since the epoch, -1 for none. */
  readonly hour: Int32Array;
  /** By page and slot: which tenant the panes of the hour are counted for. */
  readonly payer: Uint16Array;

  /** By row of the ring: whether a pane of it waits to be handed out. */
  readonly rowDirty = new Uint8Array(RING_ROWS);
  /** By page: whether its hours or the slots of its rows changed since the last segment. */
  readonly pageChanged = new Uint8Array(RING_HOURS);
  /** Whether facts of its cities changed since the last segment. */
  citiesChanged = false;
  readonly #pool: SumsPool;
  #windows: WindowCache | undefined = undefined;
  #hourTotals: HourTotals | undefined = undefined;

  constructor(memory: StateMemory, pool: SumsPool) {
    super(memory);
    this.#pool = pool;
    this.hour = memory.take(Int32Array, RING_HOURS * CHUNK_SLOTS).fill(-1);
    this.payer = memory.take(Uint16Array, RING_HOURS * CHUNK_SLOTS);
  }

  /** Sums for the windows of its rows, made when the first one is. */
  get windows(): WindowCache {
    this.#windows ??= this.#pool.takeWindows(() => {
      this.#windows = undefined;
    });
    return this.#windows;
  }

  /** Totals for windows that are read, made when the first one is. */
  get hourTotals(): HourTotals {
    this.#hourTotals ??= this.#pool.takeHourTotals(() => {
      this.#hourTotals = undefined;
    });
    return this.#hourTotals;
  }

  /** Whether the slot's page holds this hour. */
  holdsHour(inChunk: number, hour: number): boolean {
    return this.hour[slotPageAt(pageOfHour(hour), inChunk)] === hour;
  }

  /** Pane of the slot's minute, or -1 if there is none. */
  paneOf(inChunk: number, minute: number): number {
    return this.holdsHour(inChunk, hourOfMinute(minute)) ? this.find(rowOfMinute(minute), inChunk) : -1;
  }

  /** Makes a pane of the hour that the slot's page holds. Panes of other slots may move. @returns the pane, with leftovers in it */
  add(slotPage: number, minuteInHour: number): number {
    this.pageChanged[slotPage >> 6] = 1;
    return this.insert(firstRowOf(slotPage) + minuteInHour, slotPage & 63);
  }

  /** Begins another hour in a slot's page; -1 for none. Panes of other slots may move. @returns panes that are gone */
  begin(slotPage: number, hour: number): number {
    const before = this.paneCount;
    if (this.hour[slotPage] !== -1) {
      const first = firstRowOf(slotPage);
      const inChunk = slotPage & 63;
      for (let row = first; row < first + HOUR_MINUTES; row++)
        if (this.find(row, inChunk) >= 0) this.remove(row, inChunk);
    }
    this.hour[slotPage] = hour;
    this.pageChanged[slotPage >> 6] = 1;
    return before - this.paneCount;
  }

  /** The rows of a page get these slots, two words a row; `isWide` says of a minute how its panes, which are written anew, lie; undefined where they stay. As read from a segment. */
  restorePage(page: number, slots: Uint32Array, isWide: (row: number) => boolean | undefined): void {
    for (let m = 0; m < HOUR_MINUTES; m++) {
      const row = page * HOUR_MINUTES + m;
      const wide = isWide(m);
      const [low, high] = [slots[2 * m]!, slots[2 * m + 1]!];
      if (wide !== undefined) this.replace(row, low, high, wide);
      else this.keepOnly(row, low, high);
    }
  }

  /** A pane that sums or totals may be made of is about to change. */
  forgetSums(inChunk: number, minute: number): void {
    this.#windows?.forget(inChunk, minute);
    this.#hourTotals?.forget(inChunk, hourOfMinute(minute));
  }

  /** The slot's panes are gone: so are its sums and totals. */
  forgetSlot(inChunk: number): void {
    this.#windows?.forgetSlot(inChunk);
    this.#hourTotals?.forgetSlot(inChunk);
  }

  /** Notes that a pane changed. Numbers written out, as in pane-layout.ts. */
  touch(pane: number): void {
    this.blockChanged[pane >> 6] = 1;
  }
}
