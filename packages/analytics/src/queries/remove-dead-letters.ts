import type { StoredDeadLetter } from '../analytics-store.ts';
import { heldTable, type TablePlace } from '../schema/table-place.ts';

/** Which letter of which log. */
export type LetterOfLog = Pick<StoredDeadLetter, 'partition' | 'offset' | 'row' | 'incarnation'>;

/** Removes the rows of letters; the engine does it for good when it next merges them. */
export function removeDeadLettersStatement(place: TablePlace, letters: readonly LetterOfLog[]): string {
  const ids = letters.map(({ partition, offset, row, incarnation }) => {
    const numbers = [partition, offset, row].map((value) => BigInt(value));
    return `(${[...numbers, BigInt(`0x${incarnation}`)].join(', ')})`;
  });
  return `DELETE FROM ${heldTable(place, 'dead_letters')} WHERE (partition, offset, row, incarnation) IN (${ids.join(', ')})`;
}
