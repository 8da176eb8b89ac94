import type { DeadLetterCount, StoredDeadLetter } from '@isotherm/analytics';

/** Counts dead letters by reason and state as they are read. */
export interface LetterCounts {
  add(letters: readonly StoredDeadLetter[]): void;
  counts(): readonly DeadLetterCount[];
}

/** Nothing counted yet. */
export function createLetterCounts(): LetterCounts {
  const counts = new Map<string, DeadLetterCount>();
  return {
    add(letters) {
      for (const { reason, state, firstSeenMs } of letters) {
        const key = `${reason} ${state}`;
        const before = counts.get(key) ?? { count: 0, oldestSeenMs: firstSeenMs, newestSeenMs: firstSeenMs };
        counts.set(key, {
          reason,
          state,
          count: before.count + 1,
          oldestSeenMs: Math.min(before.oldestSeenMs, firstSeenMs),
          newestSeenMs: Math.max(before.newestSeenMs, firstSeenMs),
        });
      }
    },
    counts: () => [...counts.values()],
  };
}
