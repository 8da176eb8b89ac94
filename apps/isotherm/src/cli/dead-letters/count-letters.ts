import type { DeadLetterCount, DeadLetterState, IsothermClient } from '@isotherm/client';
import type { CliContext } from '../cli-context.ts';
import { span, whole } from '../format/values.ts';
import { toJson } from '../terminal/json.ts';
import { type Column, renderTable } from '../terminal/table.ts';
import { filterOf, type LetterFlags } from './letter-flags.ts';

interface ReasonRow {
  readonly reason: string;
  readonly counts: Partial<Record<DeadLetterState, number>>;
  readonly newestMs: number;
}

/** Prints how many there are, by reason and state. */
export async function countLetters(
  client: IsothermClient,
  flags: LetterFlags & { readonly json?: boolean },
  { terminal, nowMs }: CliContext,
): Promise<void> {
  const counts = await client.deadLetters.count({ filter: filterOf(flags) });
  const { out, style } = terminal;
  if (flags.json) {
    out(`${toJson(counts)}\n`);
    return;
  }
  if (counts.length === 0) {
    out('No dead letters.\n');
    return;
  }
  const column = (state: DeadLetterState): Column<ReasonRow> => ({
    title: state.toLowerCase(),
    align: 'right',
    cell: (row) => whole(row.counts[state] ?? 0),
  });
  out(
    renderTable(
      rowsOf(counts),
      [
        { title: 'reason', cell: ({ reason }) => style.bold(reason) },
        column('WAITING'),
        column('PARKED'),
        column('REPLAYED'),
        { title: 'newest', align: 'right', cell: ({ newestMs }) => `${span(nowMs() - newestMs)} ago` },
      ],
      style,
    ),
  );
}

function rowsOf(counts: readonly DeadLetterCount[]): ReasonRow[] {
  const rows = new Map<string, ReasonRow>();
  for (const { reason, state, count, newestSeenTime } of counts) {
    const row = rows.get(reason);
    rows.set(reason, {
      reason,
      counts: { ...row?.counts, [state]: count },
      newestMs: Math.max(row?.newestMs ?? 0, newestSeenTime.getTime()),
    });
  }
  return [...rows.values()];
}
