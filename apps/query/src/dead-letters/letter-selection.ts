import type { DeadLetterFilter, DeadLetterId, StoredDeadLetter } from '@isotherm/analytics';
import type { Call } from '../call.ts';
import { letterIdText } from './letter-id.ts';
import { LETTERS_PER_PAGE, type LetterStore } from './letter-store.ts';

/** Letters somebody means: by name, or by what they have in common. */
export type LetterSelection =
  /** In order, each once. */
  | { readonly kind: 'ids'; readonly ids: readonly DeadLetterId[] }
  /** At most `limit` of those it lets through, the first ones. */
  | { readonly kind: 'filter'; readonly filter: DeadLetterFilter; readonly limit: number };

/** Some of the letters selected, in order. */
export interface LetterPage {
  readonly letters: readonly StoredDeadLetter[];
  /** Ids without a letter. */
  readonly missing: readonly DeadLetterId[];
  /** Whether the limit kept letters out; known on the last page. */
  readonly more: boolean;
}

/** Reads what is selected page by page, in order of the ids: a page is asked for when the one before is dealt with. */
export async function* letterPages(
  store: LetterStore,
  selection: LetterSelection,
  call: Call,
): AsyncGenerator<LetterPage, void> {
  if (selection.kind === 'ids') yield* pagesOfIds(store, selection.ids, call);
  else yield* pagesOfFilter(store, selection, call);
}

async function* pagesOfIds(
  store: LetterStore,
  ids: readonly DeadLetterId[],
  call: Call,
): AsyncGenerator<LetterPage, void> {
  for (let at = 0; at < ids.length; at += LETTERS_PER_PAGE) {
    const asked = ids.slice(at, at + LETTERS_PER_PAGE);
    const letters = await store.letters({ filter: { ids: asked }, limit: asked.length }, call);
    const found = new Set(letters.map(letterIdText));
    yield { letters, missing: asked.filter((id) => !found.has(letterIdText(id))), more: false };
  }
}

async function* pagesOfFilter(
  store: LetterStore,
  { filter, limit }: { readonly filter: DeadLetterFilter; readonly limit: number },
  call: Call,
): AsyncGenerator<LetterPage, void> {
  let left = limit;
  let after: DeadLetterId | undefined;
  for (;;) {
    const wanted = Math.min(left, LETTERS_PER_PAGE);
    const { letters, goesOn } = await store.page({ filter, limit: wanted, after }, call);
    left -= letters.length;
    yield { letters, missing: [], more: goesOn && left === 0 };
    if (!goesOn || left === 0) return;
    after = letters.at(-1);
  }
}
