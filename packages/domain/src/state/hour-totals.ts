import { CHUNK_SLOTS, pageOfHour, RING_HOURS, slotPageAt } from './pane-layout.ts';
import type { StateMemory } from './state-memory.ts';

/** Numbers that totals of a set of panes take: window-totals.ts. */
export const TOTALS_WIDTH = 24;

/** Totals of whole hours of a chunk's slots, for windows that are read. Made when the first one is. */
export class HourTotals {
  /** By page and slot: hour of the totals, -1 for none. */
  readonly hour: Int32Array;
  readonly totals: Float64Array;

  constructor(memory: StateMemory) {
    this.hour = memory.take(Int32Array, RING_HOURS * CHUNK_SLOTS).fill(-1);
    this.totals = memory.take(Float64Array, RING_HOURS * CHUNK_SLOTS * TOTALS_WIDTH);
  }

  /** Nothing is known of any slot. */
  clear(): void {
    this.hour.fill(-1);
  }

  /** A pane of the hour is about to change. */
  forget(inChunk: number, hour: number): void {
    const slotPage = slotPageAt(pageOfHour(hour), inChunk);
    if (this.hour[slotPage] === hour) this.hour[slotPage] = -1;
  }

  /** The slot's panes are gone. */
  forgetSlot(inChunk: number): void {
    for (let page = 0; page < RING_HOURS; page++) this.hour[slotPageAt(page, inChunk)] = -1;
  }
}
