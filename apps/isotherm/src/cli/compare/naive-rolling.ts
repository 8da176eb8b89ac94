/** A reading of one city, ready to be averaged. */
export interface IndexedReading {
  /** Minutes since the epoch. */
  readonly minute: number;
  /** °C; undefined where temperature or humidity was not measured. */
  readonly heatIndex: number | undefined;
}

/**
 * For every minute with a reading, the mean heat index of all readings of the `windowMinutes` before it and of its own,
 * both ends closed: a plain loop over the window, as anybody would write it first. Undefined where the window has none.
 */
export function naiveRolling(
  readings: readonly IndexedReading[],
  windowMinutes: number,
): Map<number, number | undefined> {
  const sorted = [...readings].sort((a, b) => a.minute - b.minute);
  const means = new Map<number, number | undefined>();
  for (let last = 0; last < sorted.length; last += 1) {
    const minute = sorted[last]!.minute;
    if (sorted[last + 1]?.minute === minute) continue;
    let sum = 0;
    let count = 0;
    for (let index = last; index >= 0; index -= 1) {
      const { minute: then, heatIndex } = sorted[index]!;
      if (then < minute - windowMinutes) break;
      if (heatIndex === undefined) continue;
      sum += heatIndex;
      count += 1;
    }
    means.set(minute, count === 0 ? undefined : sum / count);
  }
  return means;
}
