import { type DeadLetter, deadLetterIdText } from '@isotherm/client';

/** A letter for `--json`: its id is the text that other commands take. */
export function letterJson(letter: DeadLetter) {
  return { ...letter, id: deadLetterIdText(letter.id) };
}
