import { distanceWithin } from './edit-distance.ts';

/** How well a name fits a query; of two matches the lower one is the better. */
export const MATCH = { exact: 0, exactButCity: 1, prefix: 2, word: 3, near: 4, nearPrefix: 8, none: 99 } as const;

/** Names in one string, scanned: at 34,000 names faster than any tree, and a tenth of its size. */
export interface NameIndex {
  /** Adds the name of the next row. It must be folded. */
  add(folded: string): void;
  /** Makes added names ready to be found; otherwise the next search does. */
  settle(): void;
  /**
   * Rows whose names fit the folded query, with the better match first and rows in order within one quality, at most `limit`.
   * @param accepts Rows to leave out return false.
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

/** An empty index. */
export function createNameIndex(): NameIndex {
  const pending: string[] = [];
  let text = '\n';
  const starts: number[] = [];
  let masks = new Uint32Array(0);

  function settle(): void {
    if (pending.length === 0) return;
    let at = text.length;
    for (const name of pending) {
      starts.push(at);
      at += name.length + 1;
    }
    // Joined and read once, so that the string is flat when it is searched.
    text = `${text}${pending.join('\n')}\n`;
    const grown = new Uint32Array(starts.length);
    grown.set(masks);
    pending.forEach((name, i) => {
      grown[starts.length - pending.length + i] = letterMask(name);
    });
    masks = grown;
    pending.length = 0;
  }

  return {
    settle,
    add(folded) {
      pending.push(folded);
    },
    find(query, { limit, errors, accepts }) {
      settle();
      const found = new Map<number, number>();
      const scan = (needle: string, quality: number) => {
        let missing = limit - found.size;
        for (let at = text.indexOf(needle); at !== -1 && missing > 0; at = text.indexOf(needle, at + 1)) {
          const row = rowAt(starts, at + 1);
          if (!found.has(row) && accepts(row)) {
            found.set(row, quality);
            missing -= 1;
          }
        }
      };
      if (query !== '') {
        scan(`\n${query}\n`, MATCH.exact);
        scan(`\n${query} city\n`, MATCH.exactButCity);
        scan(`\n${query}`, MATCH.prefix);
        scan(` ${query}`, MATCH.word);
      }
      const matches = [...found].map(([row, quality]) => ({ row, quality }));
      if (errors === 0 || matches.length >= limit || query.length < 3) return matches;
      const near = nearRows(query, { text, starts, masks, errors, accepts: (row) => !found.has(row) && accepts(row) });
      return [...matches, ...near.slice(0, limit - matches.length)];
    },
  };
}

function nearRows(
  query: string,
  index: {
    readonly text: string;
    readonly starts: readonly number[];
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
    const end = (index.starts[row + 1] ?? index.text.length) - 1;
    const distance = distanceWithin(query, { text: index.text, start, end }, index.errors);
    if (distance === undefined || !index.accepts(row)) continue;
    const quality = distance.whole <= index.errors ? MATCH.near + distance.whole : MATCH.nearPrefix + distance.prefix;
    near.push({ row, quality });
  }
  return near.sort((a, b) => a.quality - b.quality || a.row - b.row);
}

/** One bit a letter; everything else shares six. */
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
function rowAt(starts: readonly number[], at: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (starts[middle]! <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}
