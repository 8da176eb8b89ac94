/** Bytes by number, in order. */
export interface KeyedBytes {
  get(key: number): Uint8Array | undefined;
  set(key: number, bytes: Uint8Array): void;
  /** Removes from ≤ key < to. */
  drop(from: number, to: number): void;
  first(): number | undefined;
  last(): number | undefined;
  /** The first key at or after this one. */
  from(key: number): number | undefined;
  /** The last key at or before this one. */
  upTo(key: number): number | undefined;
}

/** Creates an empty one. */
export function createKeyedBytes(): KeyedBytes {
  const bytesOf = new Map<number, Uint8Array>();
  let keys: number[] = [];

  /** Place of the first key that is not below this one. */
  function place(key: number): number {
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    get: (key) => bytesOf.get(key),
    set(key, bytes) {
      if (!bytesOf.has(key)) keys.splice(place(key), 0, key);
      bytesOf.set(key, bytes);
    },
    drop(from, to) {
      for (const key of keys.slice(place(from), place(to))) bytesOf.delete(key);
      keys = keys.filter((key) => bytesOf.has(key));
    },
    first: () => keys[0],
    last: () => keys.at(-1),
    from: (key) => keys[place(key)],
    upTo(key) {
      const at = place(key);
      return keys[at] === key ? key : keys[at - 1];
    },
  };
}
