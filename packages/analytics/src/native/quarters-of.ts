import type { MinuteRows } from '@isotherm/domain';

const QUARTER_MINUTES = 15;

/** Quarter-hours that minute rows fall in, in seconds since the epoch, each once. */
export function quartersOf(batches: readonly MinuteRows[]): number[] {
  const quarters = new Set<number>();
  for (const { minute, rowCount } of batches) {
    let last = -1;
    for (let i = 0; i < rowCount; i++) {
      const quarter = Math.floor((minute[i] as number) / QUARTER_MINUTES);
      if (quarter !== last) quarters.add(quarter);
      last = quarter;
    }
  }
  return [...quarters].map((quarter) => quarter * QUARTER_MINUTES * 60);
}
