const EMPTY = 0xffff_ffff;

/** Hash table from u32 keys below 2³¹ to slots: open addressing, at most half full. */
export class NumericIndex {
  #keys = new Uint32Array(64).fill(EMPTY);
  #slots = new Int32Array(64);
  #count = 0;

  /** Slot of the key, -1 if there is none. */
  get(key: number): number {
    const keys = this.#keys;
    const mask = keys.length - 1;
    for (let at = mix(key) & mask; ; at = (at + 1) & mask) {
      const found = keys[at]!;
      if (found === key) return this.#slots[at]!;
      if (found === EMPTY) return -1;
    }
  }

  /** Adds a key that is not in the table. */
  add(key: number, slot: number): void {
    if (this.#count * 2 >= this.#keys.length) this.#grow();
    const mask = this.#keys.length - 1;
    let at = mix(key) & mask;
    while (this.#keys[at] !== EMPTY) at = (at + 1) & mask;
    this.#keys[at] = key;
    this.#slots[at] = slot;
    this.#count++;
  }

  /** Removes a key by building the table anew: cities are removed rarely. */
  remove(key: number): void {
    const entries = this.#entries().filter(([other]) => other !== key);
    this.#keys.fill(EMPTY);
    this.#count = 0;
    for (const [other, slot] of entries) this.add(other, slot);
  }

  #entries(): [key: number, slot: number][] {
    const entries: [number, number][] = [];
    for (let at = 0; at < this.#keys.length; at++) {
      const key = this.#keys[at]!;
      if (key !== EMPTY) entries.push([key, this.#slots[at]!]);
    }
    return entries;
  }

  #grow(): void {
    const entries = this.#entries();
    this.#keys = new Uint32Array(this.#keys.length * 2).fill(EMPTY);
    this.#slots = new Int32Array(this.#keys.length);
    this.#count = 0;
    for (const [key, slot] of entries) this.add(key, slot);
  }
}

/** Spreads keys over the table, also those that some other hash put into one partition (finalizer of MurmurHash3, A. Appleby). */
function mix(key: number): number {
  let x = Math.imul(key ^ (key >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
