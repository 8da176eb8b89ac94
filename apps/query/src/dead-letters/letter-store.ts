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
  /** The same, and whether there are more than the limit let through. */
  page(query: DeadLetterQuery, call: Call): Promise<LettersOfPage>;
  counts(filter: DeadLetterFilter, call: Call): Promise<readonly DeadLetterCount[]>;
  /** @returns how many there were. */
  purge(ids: readonly DeadLetterId[]): Promise<number>;
}

/** The first letters of those there are. */
export interface LettersOfPage {
  readonly letters: readonly StoredDeadLetter[];
  readonly goesOn: boolean;
}

/** Letters asked for, sent and purged at a time. */
export const LETTERS_PER_PAGE = 2_000;

/** Creates it over the analytical store. */
export function createLetterStore(
  deps: {
    readonly analytics: Pick<AnalyticsStore, 'deadLetters' | 'countDeadLetters' | 'purgeDeadLetters'>;
    readonly shared: SharedReads;
  },
  options: { readonly incarnation: string },
): LetterStore {
  const { analytics, shared } = deps;
  const letters = (query: DeadLetterQuery, call: Call) =>
    shared.get('dead letters', { maxAgeMs: 0, call, read: (signal) => analytics.deadLetters(query, signal) });
  return {
    letters,
    async page(query, call) {
      const found = await letters({ ...query, limit: query.limit + 1 }, call);
      return { letters: found.slice(0, query.limit), goesOn: found.length > query.limit };
    },
    counts: (filter, call) =>
      shared.get('dead letters counted', {
        maxAgeMs: 0,
        call,
        read: (signal) => analytics.countDeadLetters(filter, signal),
      }),
    purge: (ids) => analytics.purgeDeadLetters({ incarnation: options.incarnation }, ids),
  };
}
