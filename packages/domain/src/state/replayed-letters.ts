/**
 * Dead letters a partition remembers as replayed with success: so many must be replayed after one before a second replay
 * of it would count again. Overflow: the oldest are forgotten first.
 */
export const MAX_REPLAYED_LETTERS = 1_000_000;

/** Ids of letters in the order of their replay, 12 bytes each and an entry of a set. */
export class ReplayedLetters {
  readonly #max: number;
  #offset = new Float64Array(16);
  #row = new Uint32Array(16);
  /** Where the oldest is, and how many there are: both columns are rings. */
  #head = 0;
  #count = 0;
  #addedSince = 0;
  readonly #known = new Set<number | string>();

  constructor(max = MAX_REPLAYED_LETTERS) {
    this.#max = max;
  }

  get count(): number {
    return this.#count;
  }

  has(offset: number, row: number): boolean {
    return this.#known.has(letterKey(offset, row));
  }

  /** Remembers a letter that it does not know. */
  add(offset: number, row: number): void {
    if (this.#count === this.#max) this.#forgetOldest();
    if (this.#count === this.#offset.length) this.#grow();
    const at = (this.#head + this.#count) % this.#offset.length;
    this.#offset[at] = offset;
    this.#row[at] = row;
    this.#count++;
    this.#addedSince++;
    this.#known.add(letterKey(offset, row));
  }

  /** The letters that were added since the last call, or all, oldest first; the next call counts from here. */
  take(kind: 'full' | 'delta'): { readonly offset: Float64Array; readonly row: Uint32Array } {
    const count = kind === 'full' ? this.#count : Math.min(this.#count, this.#addedSince);
    this.#addedSince = 0;
    const offset = new Float64Array(count);
    const row = new Uint32Array(count);
    for (let i = 0; i < count; i++) {
      const at = (this.#head + this.#count - count + i) % this.#offset.length;
      offset[i] = this.#offset[at]!;
      row[i] = this.#row[at]!;
    }
    return { offset, row };
  }

  /** Counts from here what {@link take} returns: all there is was read from segments. */
  settle(): void {
    this.#addedSince = 0;
  }

  #forgetOldest(): void {
    this.#known.delete(letterKey(this.#offset[this.#head]!, this.#row[this.#head]!));
    this.#head = (this.#head + 1) % this.#offset.length;
    this.#count--;
  }

  #grow(): void {
    const size = this.#offset.length * 2;
    const offset = new Float64Array(size);
    const row = new Uint32Array(size);
    for (let i = 0; i < this.#count; i++) {
      const at = (this.#head + i) % this.#offset.length;
      offset[i] = this.#offset[at]!;
      row[i] = this.#row[at]!;
    }
    this.#offset = offset;
    this.#row = row;
    this.#head = 0;
  }
}

/** A number while it is exact. */
function letterKey(offset: number, row: number): number | string {
  return offset < 2 ** 32 && row < 2 ** 21 ? offset * 2 ** 21 + row : `${offset}/${row}`;
}
