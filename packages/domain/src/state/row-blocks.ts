import { CHUNK_SLOTS } from './pane-layout.ts';

/** Panes that the place of a row has room for: a few side by side, or one for each slot. */
export type RowRoom = PackedRoom | typeof WIDE;

type PackedRoom = 1 | 2 | 4 | 8;

/** Room for every slot. */
export const WIDE = 64;

const WORD_BITS = 32;

/**
 * Which panes of a chunk are taken by rows, in blocks of 64: a block is the place of one row that has room for every
 * slot, or of many rows with the same smaller room. A row is in one block, so that no more blocks are ever needed than
 * there are rows, one more while a row moves, and blocks that were never needed cost nothing.
 */
export class RowBlocks {
  /** Of each block with small places: a bit for each that is taken. */
  readonly #taken: Uint32Array;
  readonly #whole: number[] = [];
  /** By room: blocks that may have a place left, each once. */
  readonly #partial: Readonly<Record<PackedRoom, number[]>> = { 1: [], 2: [], 4: [], 8: [] };
  readonly #listed: Uint8Array;
  #end = 0;

  constructor(blocks: number) {
    this.#taken = new Uint32Array(2 * blocks);
    this.#listed = new Uint8Array(blocks);
  }

  /** Takes a place. @returns its first pane */
  take(room: RowRoom): number {
    if (room === WIDE) return this.#takeBlock() * CHUNK_SLOTS;
    const partial = this.#partial[room];
    for (;;) {
      let block = partial.at(-1);
      if (block === undefined) {
        block = this.#takeBlock();
        this.#list(block, partial);
      }
      const place = this.#freePlace(block, CHUNK_SLOTS / room);
      if (place >= 0) {
        this.#taken[2 * block + Math.floor(place / WORD_BITS)]! |= 1 << (place % WORD_BITS);
        return block * CHUNK_SLOTS + place * room;
      }
      partial.pop();
      this.#listed[block] = 0;
    }
  }

  /** Gives a place back. */
  give(pane: number, room: RowRoom): void {
    const block = Math.floor(pane / CHUNK_SLOTS);
    if (room === WIDE) {
      this.#whole.push(block);
      return;
    }
    const place = (pane % CHUNK_SLOTS) / room;
    this.#taken[2 * block + Math.floor(place / WORD_BITS)]! &= ~(1 << (place % WORD_BITS));
    const partial = this.#partial[room];
    if (this.#taken[2 * block] !== 0 || this.#taken[2 * block + 1] !== 0) {
      if (this.#listed[block] === 0) this.#list(block, partial);
      return;
    }
    if (this.#listed[block] === 1) partial.splice(partial.indexOf(block), 1);
    this.#listed[block] = 0;
    this.#whole.push(block);
  }

  #takeBlock(): number {
    return this.#whole.pop() ?? this.#end++;
  }

  #list(block: number, partial: number[]): void {
    this.#listed[block] = 1;
    partial.push(block);
  }

  /** The first place that is not taken, -1 if there is none. */
  #freePlace(block: number, places: number): number {
    for (let word = 0; word * WORD_BITS < places; word++) {
      const free = ~this.#taken[2 * block + word]!;
      const place = word * WORD_BITS + (31 - Math.clz32(free & -free));
      if (free !== 0 && place < places) return place;
    }
    return -1;
  }
}
