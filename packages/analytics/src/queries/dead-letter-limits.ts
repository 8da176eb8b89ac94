import { IsothermError } from '@isotherm/service-kit';
import type { DeadLetterId } from '../analytics-store.ts';

/** Most letters a call names or returns. */
const MAX_DEAD_LETTERS = 10_000;
/** Ids that one statement names: the engine takes statements of 256 KiB. */
const IDS_PER_STATEMENT = 1_000;

/** @throws IsothermError ANALYTICS_DEAD_LETTER_LIMIT unless `count` is a whole number from `least` to 10,000. */
export function requireDeadLetterCount(what: string, count: number, least: number): void {
  if (Number.isInteger(count) && count >= least && count <= MAX_DEAD_LETTERS) return;
  throw new IsothermError({
    code: 'INVALID_ARGUMENT',
    id: 'ANALYTICS_DEAD_LETTER_LIMIT',
    message: `${what} is ${count}; one call takes from ${least} to ${MAX_DEAD_LETTERS}.`,
    advice: 'Ask page by page.',
    metadata: { what, count: String(count) },
  });
}

/** Ids in ascending order, each once, in runs that fit one statement. */
export function idRuns(ids: readonly DeadLetterId[]): DeadLetterId[][] {
  const sorted = [...ids].sort(compareIds).filter((id, i, all) => i === 0 || compareIds(all[i - 1]!, id) !== 0);
  const runs: DeadLetterId[][] = [];
  for (let at = 0; at < sorted.length; at += IDS_PER_STATEMENT) runs.push(sorted.slice(at, at + IDS_PER_STATEMENT));
  return runs;
}

/** Ids as a set of literals. They are numbers and nothing else: bound, so many would not fit in the URL of a request. */
export function idLiterals(ids: readonly DeadLetterId[]): string {
  return ids
    .map(({ partition, offset, row }) => `(${BigInt(partition)}, ${BigInt(offset)}, ${BigInt(row)})`)
    .join(', ');
}

function compareIds(a: DeadLetterId, b: DeadLetterId): number {
  return a.partition - b.partition || a.offset - b.offset || a.row - b.row;
}
