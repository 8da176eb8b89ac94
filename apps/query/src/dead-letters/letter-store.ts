import type {
  AnalyticsStore,
  DeadLetterCount,
  DeadLetterFilter,
  DeadLetterId,
  DeadLetterQuery,
  StoredDeadLetter,
} from '@isotherm/analytics';
import type { SharedReads } from '../analytics/shared-reads.ts';
import type { Call } from '../call.ts';

/** Letters as this service reads and purges them, within the limits of analytical queries. Nothing is kept in memory. */
export interface LetterStore {
  letters(query: DeadLetterQuery, call: Call): Promise<readonly StoredDeadLetter[]>;
  counts(filter: DeadLetterFilter, call: Call): Promise<readonly DeadLetterCount[]>;
  /** @returns how many there were. */
  purge(ids: readonly DeadLetterId[]): Promise<number>;
}

/** Letters asked for, sent and purged at a time. */
export const LETTERS_A_PAGE = 2_000;

/** Creates it over the analytical store. */
export function createLetterStore(
  deps: {
    readonly analytics: Pick<AnalyticsStore, 'deadLetters' | 'countDeadLetters' | 'purgeDeadLetters'>;
    readonly shared: SharedReads;
  },
  options: { readonly incarnation: string },
): LetterStore {
  const { analytics, shared } = deps;
  return {
    letters: (query, call) =>
      shared.get('dead letters', { maxAgeMs: 0, call, read: (signal) => analytics.deadLetters(query, signal) }),
    counts: (filter, call) =>
      shared.get('dead letters counted', {
        maxAgeMs: 0,
        call,
        read: (signal) => analytics.countDeadLetters(filter, signal),
      }),
    purge: (ids) => analytics.purgeDeadLetters({ incarnation: options.incarnation }, ids),
  };
}
