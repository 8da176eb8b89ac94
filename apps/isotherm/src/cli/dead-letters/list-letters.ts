import { type DeadLetter, deadLetterIdText, type IsothermClient } from '@isotherm/client';
import type { CliContext } from '../cli-context.ts';
import { NONE, span, utc, whole } from '../format/values.ts';
import { toJson } from '../terminal/json.ts';
import { renderTable } from '../terminal/table.ts';
import { filterOf, type LetterFlags } from './letter-flags.ts';
import { letterJson } from './letter-json.ts';

/** Characters of a producer's name in a table. */
const SHOWN_PRODUCER = 20;

/** Prints the letters selected. */
export async function listLetters(
  client: IsothermClient,
  flags: LetterFlags & { readonly json?: boolean; readonly limit: number },
  { terminal, nowMs }: CliContext,
): Promise<void> {
  const letters: DeadLetter[] = [];
  const { limit } = flags;
  let more = false;
  for await (const letter of client.deadLetters.list({
    filter: filterOf(flags),
    pageSize: Math.min(2000, limit + 1),
  })) {
    more = letters.length === limit;
    if (more) break;
    letters.push(letter);
  }
  if (flags.json) terminal.out(`${toJson(letters.map(letterJson))}\n`);
  else show(letters, terminal, nowMs());
  if (more)
    terminal.err(`There are more than ${whole(limit)}; --limit shows them, \`dead-letters count\` counts them.\n`);
}

function show(letters: readonly DeadLetter[], { out, style }: CliContext['terminal'], nowMs: number): void {
  if (letters.length === 0) {
    out('No dead letters.\n');
    return;
  }
  out(
    renderTable(
      letters,
      [
        { title: 'id', cell: ({ id }) => deadLetterIdText(id) },
        { title: 'reason', cell: ({ reason }) => style.bold(reason) },
        { title: 'state', cell: (letter) => stateText(letter, nowMs) },
        { title: 'city', cell: ({ cityId }) => printable(cityId) },
        {
          title: 'observed',
          cell: ({ observeTime }) => (observeTime === undefined ? NONE : utc(observeTime, 'second')),
        },
        { title: 'arrived', cell: ({ firstSeenTime }) => utc(firstSeenTime, 'second') },
        { title: 'attempts', align: 'right', cell: ({ attempts }) => whole(attempts) },
        { title: 'producer', cell: ({ producerId }) => style.dim(shortened(printable(producerId))) },
      ],
      style,
    ),
  );
}

/** Producers that are files are named by 64 digits; `show` has them all. */
function shortened(text: string): string {
  return text.length <= SHOWN_PRODUCER ? text : `${text.slice(0, SHOWN_PRODUCER - 1)}…`;
}

/** Where a letter is on its way: `waiting, 40 s`. */
export function stateText({ state, nextAttemptTime }: DeadLetter, nowMs: number): string {
  if (nextAttemptTime === undefined) return state.toLowerCase();
  const leftMs = nextAttemptTime.getTime() - nowMs;
  return leftMs > 0 ? `waiting, ${span(leftMs)}` : 'waiting, due';
}

/** A text of a producer: it may hold anything, also what moves a cursor. */
export function printable(text: string): string {
  return text === '' ? NONE : text.replace(/\p{Cc}/gu, '\uFFFD');
}
