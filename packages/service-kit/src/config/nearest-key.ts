/** The known key that a misspelt one most likely means; undefined where none is near. */
export function nearestKey(key: string, known: readonly string[]): string | undefined {
  const lower = key.toLowerCase();
  const scored = known.map((each) => ({ each, distance: editDistance(lower, each.toLowerCase()) }));
  const best = scored.reduce((a, b) => (b.distance < a.distance ? b : a), { each: '', distance: Infinity });
  return best.distance <= Math.max(2, key.length / 3) ? best.each : undefined;
}

/** Levenshtein's distance: insertions, deletions and replacements that make one text of the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
