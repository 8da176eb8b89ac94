import type { DeadLetterSelection, IsothermClient } from '@isotherm/client';
import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { whole } from '../format/values.ts';
import { toJson } from '../terminal/json.ts';
import { filterOf, type LetterFlags, narrows, parseIds } from './letter-flags.ts';

/** Flags of `isotherm dead-letters purge`. */
export interface PurgeFlags extends LetterFlags {
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const TIMEOUT_MS = 120_000;

/** Throws letters away for good, if that is what the user means. */
export async function purgeLetters(
  client: IsothermClient,
  asked: { readonly ids: readonly string[]; readonly flags: PurgeFlags },
  { terminal }: CliContext,
): Promise<void> {
  const { flags } = asked;
  const selection = selectionOf(asked.ids, flags);
  const sure = flags.yes === true && flags.dryRun !== true;
  const { purged, matched } = await client.deadLetters.purge(selection, { dryRun: !sure, timeoutMs: TIMEOUT_MS });
  if (!sure && flags.dryRun !== true) {
    const what = purged === 1 ? '1 dead letter' : `${whole(purged)} dead letters`;
    throw new CliError(`This would throw away ${what} for good. Add --yes to do it, or --dry-run to only count.`);
  }
  if (flags.json) terminal.out(`${toJson({ dryRun: !sure, purged, matched })}\n`);
  else {
    terminal.out(`${sure ? 'Thrown away' : 'Would throw away'}: ${whole(purged)}\n`);
    for (const { reason, state, count } of matched)
      terminal.out(`  ${whole(count)} ${reason}, ${state.toLowerCase()}\n`);
  }
}

function selectionOf(texts: readonly string[], flags: PurgeFlags): DeadLetterSelection {
  if (texts.length > 0) {
    if (narrows(flags) || flags.all) throw new CliError('Name letters or select them with flags, not both.');
    return { ids: parseIds(texts) };
  }
  if (flags.all) {
    if (narrows(flags)) throw new CliError('Select dead letters with flags, or all of them with --all, not both.');
    const { states = [] } = filterOf(flags);
    return { all: true, filter: { states } };
  }
  if (!narrows(flags)) {
    throw new CliError('Name letters, or select them as in --reason LATE; --all means every one in the state given.');
  }
  return { filter: filterOf(flags) };
}
