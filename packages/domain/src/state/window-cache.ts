import { HOUR_MINUTES, RING_HOURS } from './pane-layout.ts';
import { SUMS_WIDTH } from './pane-sums.ts';

/** Minutes of a block within an hour, for the sums of its last minutes. */
export const TAIL_MINUTES = 10;
const TAILS = HOUR_MINUTES / TAIL_MINUTES;

/** Places in a slot's sums: the current hour's first minutes, the 23 hours before it, the ends of the hours 1 and 24 before it. */
export const HEAD_AT = 0;
export const MIDDLE_AT = SUMS_WIDTH;
export const TAILS_1_AT = 2 * SUMS_WIDTH;
export const TAILS_24_AT = (2 + TAILS) * SUMS_WIDTH;
const SLOT_WIDTH = (2 + 2 * TAILS) * SUMS_WIDTH;

/**
 * Sums that make a row's windows cheap: blocks of whole hours, and for the hour a city's rows are made of, the sums at
 * both ends of its windows. Everything in here can be computed again from the panes; nothing of it is ever subtracted.
 * Whoever changes a pane that may be in here calls {@link forget} first.
 */
export class WindowCache {
  /** Hour that the slot's sums are of, -1 for none. */
  hour = new Int32Array(0);
  /** Last minute in the slot's head. */
  headEnd = new Int32Array(0);
  /** Sums by slot. */
  sums = new Float64Array(0);
  /** By slot · 27 + page: hour of the block, -1 for none. */
  blockHour = new Int32Array(0);
  blocks = new Float64Array(0);

  /** Where a slot's sums begin. */
  sumsAt(slot: number): number {
    return slot * SLOT_WIDTH;
  }

  /** A pane of this minute is about to change. */
  forget(slot: number, minute: number): void {
    if (slot >= this.hour.length) return;
    const hour = Math.floor(minute / HOUR_MINUTES);
    const block = slot * RING_HOURS + (hour % RING_HOURS);
    if (this.blockHour[block] === hour) this.blockHour[block] = -1;
    if (minute <= this.headEnd[slot]!) this.hour[slot] = -1;
  }

  /** The slot's panes are gone. */
  forgetSlot(slot: number): void {
    if (slot >= this.hour.length) return;
    this.hour[slot] = -1;
    this.blockHour.fill(-1, slot * RING_HOURS, (slot + 1) * RING_HOURS);
  }

  /** Makes room for so many slots. */
  reserve(slots: number): void {
    const from = this.hour.length;
    if (slots <= from) return;
    const size = Math.max(slots, 64, 2 * from);
    const hour = new Int32Array(size).fill(-1);
    hour.set(this.hour);
    this.hour = hour;
    const headEnd = new Int32Array(size);
    headEnd.set(this.headEnd);
    this.headEnd = headEnd;
    const sums = new Float64Array(size * SLOT_WIDTH);
    sums.set(this.sums);
    this.sums = sums;
    const blockHour = new Int32Array(size * RING_HOURS).fill(-1);
    blockHour.set(this.blockHour);
    this.blockHour = blockHour;
    const blocks = new Float64Array(size * RING_HOURS * SUMS_WIDTH);
    blocks.set(this.blocks);
    this.blocks = blocks;
  }
}
