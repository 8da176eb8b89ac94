import { CHUNK_SLOTS, PANE_BYTES, RING_ROWS } from './pane-layout.ts';
import { PaneSlab } from './pane-slab.ts';
import { RowBlocks, type RowRoom, WIDE } from './row-blocks.ts';
import type { StateMemory } from './state-memory.ts';

/** Blocks of 64 panes that a chunk may need: one a row, and one while a row moves. */
const BLOCKS = RING_ROWS + 1;

const NOWHERE = -1;

/** A row with more panes than this has room for every slot. */
const MAX_PACKED_PANES = 8;

/**
 * Where the panes of a chunk's rows lie: a row is the panes of a minute of the ring. Up to 8 panes are packed, in order
 * of their slots; a row with more, or one that follows such a row, has a place for every slot. So a chunk takes about as
 * much memory as it has panes, and rows of busy chunks are reached by an addition.
 */
export class PaneRows extends PaneSlab {
  /** By row: two words, a bit for each slot that has a pane. */
  readonly slots: Uint32Array;
  /** By row: its first pane where it has room for every slot, -2 - the first one where it is packed, -1 for none. */
  readonly #base: Int32Array;
  readonly #room = new Uint8Array(RING_ROWS);
  readonly #blocks = new RowBlocks(BLOCKS);
  /** By block of 64 panes: whether one of them changed since the last segment. */
  readonly blockChanged = new Uint8Array(BLOCKS);
  /** Panes that exist. */
  paneCount = 0;

  constructor(memory: StateMemory) {
    super(memory, BLOCKS * CHUNK_SLOTS);
    this.slots = memory.take(Uint32Array, 2 * RING_ROWS);
    this.#base = memory.take(Int32Array, RING_ROWS).fill(NOWHERE);
  }

  /** Pane of a slot in a row, -1 if it has none. Numbers written out, as in pane-layout.ts. */
  find(row: number, inChunk: number): number {
    if (((this.slots[2 * row + (inChunk >>> 5)]! >>> (inChunk & 31)) & 1) === 0) return -1;
    const base = this.#base[row]!;
    return base >= 0 ? base + inChunk : -2 - base + this.#rank(row, inChunk);
  }

  /** Panes of a row. */
  rowCount(row: number): number {
    return bitCount(this.slots[2 * row]!) + bitCount(this.slots[2 * row + 1]!);
  }

  /** Whether the row has a place for every slot. */
  isWide(row: number): boolean {
    return this.#base[row]! >= 0;
  }

  /** Whether a pane of the row changed since the last segment. */
  isRowChanged(row: number): boolean {
    return this.#room[row] !== 0 && this.blockChanged[this.#first(row) >>> 6] === 1;
  }

  /** The row's panes as they lie in memory: those of every slot, or the packed ones. */
  rowBytes(row: number): Uint8Array<SharedArrayBuffer> {
    const first = this.#first(row);
    const panes = this.isWide(row) ? CHUNK_SLOTS : this.rowCount(row);
    return this.bytes.subarray(first * PANE_BYTES, (first + panes) * PANE_BYTES);
  }

  /** Makes a pane that does not exist; it holds leftovers. Panes of other slots in the row may move. */
  protected insert(row: number, inChunk: number): number {
    if (this.#base[row]! < 0) return this.#insertPacked(row, inChunk);
    this.slots[2 * row + (inChunk >>> 5)]! |= 1 << (inChunk & 31);
    const pane = this.#base[row]! + inChunk;
    this.blockChanged[pane >>> 6] = 1;
    this.paneCount++;
    return pane;
  }

  #insertPacked(row: number, inChunk: number): number {
    const count = this.rowCount(row);
    if (this.#room[row] === 0) this.#placeClear(row, this.#followsWide(row) ? WIDE : 1);
    else if (this.#room[row] === count && count < CHUNK_SLOTS) this.#widen(row, count);
    this.slots[2 * row + (inChunk >>> 5)]! |= 1 << (inChunk & 31);
    const pane = this.find(row, inChunk);
    if (!this.isWide(row)) this.#move(pane + 1, pane, this.#first(row) + count - pane);
    this.blockChanged[pane >>> 6] = 1;
    this.paneCount++;
    return pane;
  }

  /** Removes a pane that exists. Panes of other slots in the row may move. */
  protected remove(row: number, inChunk: number): void {
    const count = this.rowCount(row);
    const pane = this.find(row, inChunk);
    if (this.isWide(row)) this.fillZero(pane, 1);
    else this.#move(pane, pane + 1, this.#first(row) + count - pane - 1);
    this.slots[2 * row + (inChunk >>> 5)]! &= ~(1 << (inChunk & 31));
    if (count === 1) this.#unplace(row);
    this.paneCount--;
  }

  /** Gives a row these slots; its panes are to be written where {@link rowBytes} says. As read from a segment. */
  protected replace(row: number, low: number, high: number, wide: boolean): void {
    this.paneCount -= this.rowCount(row);
    if (this.#room[row] !== 0) this.#unplace(row);
    this.slots[2 * row] = low;
    this.slots[2 * row + 1] = high;
    const count = this.rowCount(row);
    this.paneCount += count;
    if (count > 0) this.#place(row, wide ? WIDE : roomFor(count));
  }

  /** Removes the panes of slots that are not among these. As read from a segment. @throws RangeError if one of these has no pane */
  protected keepOnly(row: number, low: number, high: number): void {
    const words = [low, high] as const;
    if (words.some((word, i) => (word & ~this.slots[2 * row + i]!) !== 0)) throw new RangeError('a pane is missing');
    for (let inChunk = 0; inChunk < CHUNK_SLOTS; inChunk++) {
      const keeps = ((words[inChunk >>> 5]! >>> (inChunk & 31)) & 1) === 1;
      if (!keeps && this.find(row, inChunk) >= 0) this.remove(row, inChunk);
    }
  }

  #first(row: number): number {
    const base = this.#base[row]!;
    return base >= 0 ? base : -2 - base;
  }

  /** Panes of the row before the slot's. */
  #rank(row: number, inChunk: number): number {
    const low = this.slots[2 * row]!;
    if (inChunk < 32) return bitCount(low & ((1 << inChunk) - 1));
    return bitCount(low) + bitCount(this.slots[2 * row + 1]! & ((1 << (inChunk - 32)) - 1));
  }

  /** Whether the minute before has many panes: then this one will, too. */
  #followsWide(row: number): boolean {
    return this.rowCount(row === 0 ? RING_ROWS - 1 : row - 1) > MAX_PACKED_PANES;
  }

  #place(row: number, room: RowRoom): void {
    const first = this.#blocks.take(room);
    this.#base[row] = room === WIDE ? first : -2 - first;
    this.#room[row] = room;
  }

  /** What lies where no pane is goes into segments, too: it has to follow from the log. */
  #placeClear(row: number, room: RowRoom): void {
    this.#place(row, room);
    if (room === WIDE) this.fillZero(this.#first(row), CHUNK_SLOTS);
  }

  #unplace(row: number): void {
    this.#blocks.give(this.#first(row), this.#room[row] as RowRoom);
    this.#base[row] = NOWHERE;
    this.#room[row] = 0;
  }

  /** Moves a packed row that is full to where it has more room. */
  #widen(row: number, count: number): void {
    const from = this.#first(row);
    const before = this.#room[row] as RowRoom;
    this.#placeClear(row, roomFor(count + 1));
    if (this.isWide(row)) {
      let packed = from;
      for (let inChunk = 0; inChunk < CHUNK_SLOTS; inChunk++) {
        const pane = this.find(row, inChunk);
        if (pane >= 0) this.#move(pane, packed++, 1);
      }
    } else this.#move(this.#first(row), from, count);
    this.#blocks.give(from, before);
  }

  #move(to: number, from: number, panes: number): void {
    this.bytes.copyWithin(to * PANE_BYTES, from * PANE_BYTES, (from + panes) * PANE_BYTES);
  }
}

function roomFor(count: number): RowRoom {
  if (count > MAX_PACKED_PANES) return WIDE;
  return count > 4 ? 8 : count > 2 ? 4 : (count as 1 | 2);
}

/** Bits that are set (H. S. Warren, Hacker's Delight, 5-1). */
function bitCount(word: number): number {
  let x = word - ((word >>> 1) & 0x5555_5555);
  x = (x & 0x3333_3333) + ((x >>> 2) & 0x3333_3333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
