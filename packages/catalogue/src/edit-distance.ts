/** How far a query is from a name, in single-letter errors: insertion, deletion, substitution, swap of neighbours. */
export interface NameDistance {
  /** From the whole name. */
  readonly whole: number;
  /** From the nearest beginning of the name. */
  readonly prefix: number;
}

const MAX_LENGTH = 64;
const WIDTH = MAX_LENGTH + 8;
const rows = [new Uint8Array(WIDTH), new Uint8Array(WIDTH), new Uint8Array(WIDTH)] as const;

/**
 * Distance of `query` from the name at [start, end) of `text` (optimal string alignment), or undefined if both distances
 * exceed `most`. Queries longer than 64 are never near.
 */
export function distanceWithin(
  query: string,
  name: { readonly text: string; readonly start: number; readonly end: number },
  most: number,
): NameDistance | undefined {
  const queryLength = query.length;
  const nameLength = name.end - name.start;
  if (queryLength > MAX_LENGTH || queryLength - nameLength > most) return undefined;
  const width = Math.min(nameLength, queryLength + most);
  let [before, above, current] = rows;
  for (let j = 0; j <= width; j += 1) above[j] = j;
  for (let i = 1; i <= queryLength; i += 1) {
    const letter = query.charCodeAt(i - 1);
    let least = i;
    current[0] = i;
    for (let j = 1; j <= width; j += 1) {
      const other = name.text.charCodeAt(name.start + j - 1);
      // Rows are as long as `width` + 1: the reads below are inside them.
      let value = Math.min(above[j]! + 1, current[j - 1]! + 1, above[j - 1]! + (letter === other ? 0 : 1));
      if (i > 1 && j > 1 && letter === name.text.charCodeAt(name.start + j - 2) && query.charCodeAt(i - 2) === other) {
        value = Math.min(value, before[j - 2]! + 1);
      }
      current[j] = value;
      if (value < least) least = value;
    }
    if (least > most) return undefined;
    [before, above, current] = [above, current, before];
  }
  let prefix = above[0]!;
  for (let j = 1; j <= width; j += 1) prefix = Math.min(prefix, above[j]!);
  const whole = width === nameLength ? above[width]! : most + 1;
  return prefix > most ? undefined : { whole, prefix };
}
