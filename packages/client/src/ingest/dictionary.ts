/** Names of a stream in the order they were first used: rows carry the index. */
export interface Dictionary {
  /** Index of the name, from 0; a new name takes the next one. */
  indexOf(name: string): number;
  /** Names known so far. */
  readonly size: number;
  /** Names from one index to another, the end not included. */
  slice(from: number, to: number): readonly string[];
}

/** An empty dictionary. It grows with the distinct names that the caller uses. */
export function createDictionary(): Dictionary {
  const indices = new Map<string, number>();
  const names: string[] = [];
  return {
    indexOf(name) {
      const known = indices.get(name);
      if (known !== undefined) return known;
      indices.set(name, names.length);
      return names.push(name) - 1;
    },
    get size() {
      return names.length;
    },
    slice: (from, to) => names.slice(from, to),
  };
}
