/** A root of a function that changes sign once between two places, to the last bit. */
export function rootBetween(f: (x: number) => number, low: number, high: number): number {
  const below = f(low) < 0;
  let a = low;
  let b = high;
  for (let step = 0; step < 100; step++) {
    const middle = (a + b) / 2;
    if (middle === a || middle === b) break;
    if (f(middle) < 0 === below) a = middle;
    else b = middle;
  }
  return (a + b) / 2;
}
