import type { Call } from '../call.ts';
import { type LetterSelection, letterPages } from './letter-selection.ts';
import type { LetterStore } from './letter-store.ts';

/** Throws letters away, page by page. @returns how many; in a dry run, how many it would be. */
export async function purgeLetters(
  store: LetterStore,
  purge: { readonly selection: LetterSelection; readonly dryRun: boolean },
  call: Call,
): Promise<number> {
  let purged = 0;
  for await (const { letters } of letterPages(store, purge.selection, call)) {
    call.signal.throwIfAborted();
    purged += purge.dryRun ? letters.length : await store.purge(letters);
  }
  return purged;
}
