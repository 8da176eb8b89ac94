import type { DeadLetterCount } from '@isotherm/analytics';
import type { Call } from '../call.ts';
import { createLetterCounts } from './letter-counts.ts';
import { type LetterSelection, letterPages } from './letter-selection.ts';
import type { LetterStore } from './letter-store.ts';

/** Throws dead letters away, page by page. @returns how many, in a dry run how many it would be, and what matched. */
export async function purgeLetters(
  store: LetterStore,
  purge: { readonly selection: LetterSelection; readonly dryRun: boolean },
  call: Call,
): Promise<{ readonly purged: number; readonly matched: readonly DeadLetterCount[] }> {
  const matched = createLetterCounts();
  let purged = 0;
  for await (const { letters } of letterPages(store, purge.selection, call)) {
    call.signal.throwIfAborted();
    matched.add(letters);
    purged += purge.dryRun ? letters.length : await store.purge(letters);
  }
  return { purged, matched: matched.counts() };
}
