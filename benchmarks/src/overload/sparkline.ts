const BARS = '▁▂▃▄▅▆▇█';

/** Values as bars, from 0 to the largest. */
export function sparkline(values: readonly number[]): string {
  const max = Math.max(...values, Number.MIN_VALUE);
  return values
    .map((value) => BARS[Math.min(BARS.length - 1, Math.floor((value / max) * BARS.length))] ?? ' ')
    .join('');
}
