import { CHUNK_SLOTS, HOUR_MINUTES, hourOfMinute, pageOfHour, RING_HOURS, slotPageAt } from './pane-layout.ts';
import type { StateMemory } from './state-memory.ts';
import { SUMS_WIDTH } from './sums.ts';

/** Minutes of a block within an hour. */
export const BLOCK_MINUTES = 10;
/** Blocks of an hour. */
export const BLOCKS = HOUR_MINUTES / BLOCK_MINUTES;
/** Sums of one minute or block, by slot: as panes are, those of the 64 slots lie side by side. */
export const SUMS_ROW = CHUNK_SLOTS * SUMS_WIDTH;

/**
 * Sums that make the windows of a chunk's rows cheap: blocks of whole hours, and for the hour that a slot's rows are made
 * of, the sums at both ends of its windows. Everything in here can be computed again from the panes; nothing of it is
 * ever subtracted. Whoever changes a pane that may be in here calls {@link forget} first.
 */
export class WindowCache {
  /** By slot: hour that its sums are of, -1 for none. */
  readonly hour: Int32Array;
  /** By slot: last minute in its head. */
  readonly headEnd: Int32Array;
  /** By slot: block of the hour that its fine ends are of, -1 for none. */
  readonly fineBlock: Int8Array;
  /** By slot: the hour's first minutes. */
  readonly head: Float64Array;
  /** By slot: the 23 hours before it. */
  readonly middle: Float64Array;
  /** By block and slot: the minutes from the block on, of the hours 1 and 24 before. */
  readonly coarse1: Float64Array;
  readonly coarse24: Float64Array;
  /** By minute of one block and slot: the minutes from there on, of the hours 1 and 24 before. */
  readonly fine1: Float64Array;
  readonly fine24: Float64Array;
  /** By page · 64 + slot: hour of the block, -1 for none. */
  readonly blockHour: Int32Array;
  readonly blocks: Float64Array;

  constructor(memory: StateMemory) {
    this.hour = memory.take(Int32Array, CHUNK_SLOTS).fill(-1);
    this.headEnd = memory.take(Int32Array, CHUNK_SLOTS);
    this.fineBlock = memory.take(Int8Array, CHUNK_SLOTS).fill(-1);
    this.head = memory.take(Float64Array, SUMS_ROW);
    this.middle = memory.take(Float64Array, SUMS_ROW);
    this.coarse1 = memory.take(Float64Array, BLOCKS * SUMS_ROW);
    this.coarse24 = memory.take(Float64Array, BLOCKS * SUMS_ROW);
    this.fine1 = memory.take(Float64Array, BLOCK_MINUTES * SUMS_ROW);
    this.fine24 = memory.take(Float64Array, BLOCK_MINUTES * SUMS_ROW);
    this.blockHour = memory.take(Int32Array, RING_HOURS * CHUNK_SLOTS).fill(-1);
    this.blocks = memory.take(Float64Array, RING_HOURS * SUMS_ROW);
  }

  /** Nothing is known of any slot. */
  clear(): void {
    for (const hours of [this.hour, this.fineBlock, this.blockHour]) hours.fill(-1);
  }

  /** A pane of this minute is about to change. */
  forget(inChunk: number, minute: number): void {
    const hour = hourOfMinute(minute);
    const block = slotPageAt(pageOfHour(hour), inChunk);
    if (this.blockHour[block] === hour) this.blockHour[block] = -1;
    if (minute <= this.headEnd[inChunk]!) this.hour[inChunk] = -1;
  }

  /** The slot's panes are gone. */
  forgetSlot(inChunk: number): void {
    this.hour[inChunk] = -1;
    for (let page = 0; page < RING_HOURS; page++) this.blockHour[slotPageAt(page, inChunk)] = -1;
  }
}

/** Where the sums of a slot begin. Numbers written out, as in pane-layout.ts. */
export function slotSumsAt(inChunk: number): number {
  return inChunk * 5;
}

/** Where the sums of a slot from the k-th minute of a block on begin. */
export function fineAt(k: number, inChunk: number): number {
  return k * 320 + inChunk * 5;
}
