import { distanceWithin } from './edit-distance.ts';

/** How well a name fits a query; of two matches the lower one is the better. */
export const MATCH = { exact: 0, exactButCity: 1, prefix: 2, word: 3, near: 4, nearPrefix: 8, none: 99 } as const;

/** Folded names of rows, kept in one string and in the order of the alphabet. */
export interface NameIndex {
  /** Rows of exactly that name, ascending. */
  named(name: string): readonly number[];
  /** Rows whose names begin so, ascending; the name itself is one. */
  beginning(prefix: string): readonly number[];
  /**
   * Rows whose names fit the folded query, the better match first and ascending within one quality, at most `limit`.
   */
  find(query: string, options: FindOptions): readonly NameMatch[];
}

/** Options of {@link NameIndex.find}. */
export interface FindOptions {
  readonly limit: number;
  /** Single-letter errors forgiven. */
  readonly errors: number;
  accepts(row: number): boolean;
}

/** A row and how well it fits: a value of {@link MATCH}, plus the errors where it is near. */
export interface NameMatch {
  readonly row: number;
  readonly quality: number;
}

/** Indexes the folded names of rows 0, 1, …. */
export function createNameIndex(names: readonly string[]): NameIndex {
  const starts = new Uint32Array(names.length + 1);
  names.forEach((name, row) => {
    starts[row + 1] = starts[row]! + name.length + 1;
  });
  for (let row = 0; row <= names.length; row += 1) starts[row]! += 1;
  const text = `\n${names.join('\n')}\n`;
  const masks = Uint32Array.from(names, letterMask);
  const alphabetical = Uint32Array.from(names.keys()).sort((a, b) => {
    if (names[a] === names[b]) return a - b;
    return names[a]! < names[b]! ? -1 : 1;
  });
  const nameAt = (row: number) => text.slice(starts[row], starts[row + 1]! - 1);

  /** First place in the alphabet that is not before the name. */
  function placeOf(name: string): number {
    let low = 0;
    let high = alphabetical.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (nameAt(alphabetical[middle]!) < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  const rowsBetween = (from: string, to: string) => [...alphabetical.subarray(placeOf(from), placeOf(to)).toSorted()];
  // Folded names hold letters, digits and spaces: these two come right after the end of a name, and after any letter.
  const named = (name: string) => rowsBetween(name, `${name}\0`);
  const beginning = (prefix: string) => rowsBetween(prefix, `${prefix}\uffff`);

  return {
    named,
    beginning,
    find(query, { limit, errors, accepts }) {
      const found = new Map<number, number>();
      const take = (rows: Iterable<number>, quality: number) => {
        for (const row of rows) {
          if (found.size >= limit) return;
          if (!found.has(row) && accepts(row)) found.set(row, quality);
        }
      };
      if (query !== '') {
        take(named(query), MATCH.exact);
        take(named(`${query} city`), MATCH.exactButCity);
        take(beginning(query), MATCH.prefix);
        if (found.size < limit) take(rowsWith(` ${query}`, text, starts), MATCH.word);
      }
      const matches = [...found].map(([row, quality]) => ({ row, quality }));
      if (errors === 0 || matches.length >= limit || query.length < 3) return matches;
      const near = nearRows(query, { text, starts, masks, errors, accepts: (row) => !found.has(row) && accepts(row) });
      return [...matches, ...near.slice(0, limit - matches.length)];
    },
  };
}

/** Rows whose names contain the needle, ascending; found as they are asked for. */
function* rowsWith(needle: string, text: string, starts: Uint32Array): Iterable<number> {
  for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + 1)) yield rowAt(starts, at + 1);
}

function nearRows(
  query: string,
  index: {
    readonly text: string;
    readonly starts: Uint32Array;
    readonly masks: Uint32Array;
    readonly errors: number;
    accepts(row: number): boolean;
  },
): NameMatch[] {
  const wanted = letterMask(query);
  const near: NameMatch[] = [];
  for (let row = 0; row < index.masks.length; row += 1) {
    // Each error explains at most one letter of the query that the name has not.
    if (bitCount(wanted & ~index.masks[row]!) > index.errors) continue;
    const start = index.starts[row]!;
    const end = index.starts[row + 1]! - 1;
    const distance = distanceWithin(query, { text: index.text, start, end }, index.errors);
    if (distance === undefined || !index.accepts(row)) continue;
    const quality = distance.whole <= index.errors ? MATCH.near + distance.whole : MATCH.nearPrefix + distance.prefix;
    near.push({ row, quality });
  }
  return near.sort((a, b) => a.quality - b.quality || a.row - b.row);
}

/** One bit for each letter a name has; everything else shares six. */
function letterMask(name: string): number {
  let mask = 0;
  for (let i = 0; i < name.length; i += 1) {
    const code = name.charCodeAt(i);
    mask |= 1 << (code >= 97 && code <= 122 ? code - 97 : 26 + (code % 6));
  }
  return mask >>> 0;
}

function bitCount(bits: number): number {
  let v = bits - ((bits >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return (((v + (v >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

/** The row whose name lies at `at`. */
function rowAt(starts: Uint32Array, at: number): number {
  let low = 0;
  let high = starts.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (starts[middle]! <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}
