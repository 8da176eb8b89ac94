import {
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterId,
  deadLetterIdText,
  type IsothermClient,
} from '@isotherm/client';

/** Letters of a replay at a time: progress moves, and a call stays short. */
const LETTERS_PER_BATCH = 2000;

/** Letters as they were before a replay, and ids without a letter. */
export interface LetterBatch {
  readonly letters: readonly DeadLetter[];
  readonly missing: readonly DeadLetterId[];
}

/** The letters named, in order, a batch at a time. */
export async function* batchesOfIds(
  client: IsothermClient,
  ids: readonly DeadLetterId[],
): AsyncGenerator<LetterBatch, void> {
  for (let at = 0; at < ids.length; at += LETTERS_PER_BATCH) {
    const asked = ids.slice(at, at + LETTERS_PER_BATCH);
    const letters = await lettersOf(client, asked);
    const found = new Set(letters.map(({ id }) => deadLetterIdText(id)));
    yield { letters, missing: asked.filter((id) => !found.has(deadLetterIdText(id))) };
  }
}

/** The letters selected, in order, a batch at a time; at most `limit`. */
export async function* batchesOfFilter(
  client: IsothermClient,
  filter: DeadLetterFilter,
  limit: number,
): AsyncGenerator<LetterBatch, void> {
  let letters: DeadLetter[] = [];
  let left = limit;
  for await (const letter of client.deadLetters.list({ filter, pageSize: LETTERS_PER_BATCH })) {
    letters.push(letter);
    left -= 1;
    if (letters.length === LETTERS_PER_BATCH || left === 0) {
      yield { letters, missing: [] };
      letters = [];
    }
    if (left === 0) return;
  }
  if (letters.length > 0) yield { letters, missing: [] };
}

/** Letters by their ids, as they are now; with a token as they are after its replay. */
export async function lettersOf(
  client: IsothermClient,
  ids: readonly DeadLetterId[],
  after: Pick<NonNullable<Parameters<IsothermClient['deadLetters']['list']>[0]>, 'readToken' | 'timeoutMs'> = {},
): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  const options = { filter: { ids }, pageSize: Math.max(1, ids.length), ...after };
  for await (const letter of client.deadLetters.list(options)) letters.push(letter);
  return letters;
}
