/** What a comparison found wrong, counted in observations where it can be. */
export interface Differences {
  /** Acked or settled observations that are missing. */
  lost: number;
  /** Observations more than were sent. */
  twice: number;
  /** Values that differ although their counts agree. */
  wrongValues: number;
  /** Times that acks or hot reads stopped although they had to go on, or went on although they could not. */
  unserved: number;
  /** The first ones, in words. */
  readonly examples: string[];
}

const MAX_EXAMPLES = 20;

/** No difference. */
export function noDifferences(): Differences {
  return { lost: 0, twice: 0, wrongValues: 0, unserved: 0, examples: [] };
}

/** Whether nothing was found. */
export function isClean({ lost, twice, wrongValues, unserved }: Differences): boolean {
  return lost + twice + wrongValues + unserved === 0;
}

/** Notes a count that lies outside of its bounds. */
export function compareCount(
  differences: Differences,
  what: string,
  count: { readonly found: number; readonly atLeast: number; readonly atMost: number },
): void {
  const { found, atLeast, atMost } = count;
  if (found >= atLeast && found <= atMost) return;
  differences.lost += Math.max(0, atLeast - found);
  differences.twice += Math.max(0, found - atMost);
  note(
    differences,
    `${what}: ${found} observations, ${atLeast === atMost ? atLeast : `${atLeast} to ${atMost}`} wanted`,
  );
}

/** Notes a value further from the wanted one than 1e-9, relative above 1. */
export function compareValue(
  differences: Differences,
  what: string,
  value: { readonly found: number | undefined; readonly wanted: number },
): void {
  const { found, wanted } = value;
  if (found !== undefined && Math.abs(found - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted))) return;
  differences.wrongValues += 1;
  note(differences, `${what}: ${found} instead of ${wanted}`);
}

/** Notes that the platform did not do its work while part of it was away. */
export function noteUnserved(differences: Differences, what: string): void {
  differences.unserved += 1;
  note(differences, what);
}

/** Adds what another comparison found. */
export function addDifferences(total: Differences, more: Differences): void {
  total.lost += more.lost;
  total.twice += more.twice;
  total.wrongValues += more.wrongValues;
  total.unserved += more.unserved;
  for (const example of more.examples) note(total, example);
}

function note(differences: Differences, example: string): void {
  if (differences.examples.length < MAX_EXAMPLES) differences.examples.push(example);
}
