/** Strings of rows as a dictionary: each different word once, and the word of each row. */
export interface WordIndex {
  readonly words: readonly string[];
  readonly index: Uint32Array;
}

/** Dictionary of the first `count` values, in order of first appearance. */
export function wordIndex(values: readonly string[], count: number): WordIndex {
  const positions = new Map<string, number>();
  const words: string[] = [];
  const index = new Uint32Array(count);
  let last: string | undefined;
  let position = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i] ?? '';
    if (value !== last) {
      position = positions.get(value) ?? words.length;
      if (position === words.length) {
        positions.set(value, position);
        words.push(value);
      }
      last = value;
    }
    index[i] = position;
  }
  return { words, index };
}
