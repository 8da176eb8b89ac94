const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en', {
  notation: 'compact',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

/** A count in full, grouped: 12,345,678. */
export function formatCount(count: number): string {
  return whole.format(Math.round(count));
}

/** A count in short: 950, 12.3K, 4.0M. */
export function formatCompact(count: number): string {
  return count < 1000 ? whole.format(Math.round(count)) : compact.format(count);
}

/** A span in seconds in the largest fitting unit: 40 ms, 1.4 s, 3 min, 2.5 h. */
export function formatSpan(seconds: number): string {
  if (seconds <= 0) return '0 s';
  if (seconds < 1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
