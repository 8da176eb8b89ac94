import type { DeadLetterSelection, IsothermClient } from '@isotherm/client';
import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { whole } from '../format/values.ts';
import { toJson } from '../terminal/json.ts';
import { filterOf, type LetterFlags, narrows, parseIds } from './letter-flags.ts';

/** Flags of `isotherm dead-letters purge`. */
export interface PurgeFlags extends LetterFlags {
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
  const purged = await client.deadLetters.purge(selection, { dryRun: !sure, timeoutMs: TIMEOUT_MS });
  if (!sure && flags.dryRun !== true) {
    const what = purged === 1 ? '1 dead letter' : `${whole(purged)} dead letters`;
    throw new CliError(`This would throw away ${what} for good. Add --yes to do it, or --dry-run to only count.`);
  }
  if (flags.json) terminal.out(`${toJson({ dryRun: !sure, purged })}\n`);
  else terminal.out(`${sure ? 'Thrown away' : 'Would throw away'}: ${whole(purged)}\n`);
}

function selectionOf(texts: readonly string[], flags: PurgeFlags): DeadLetterSelection {
  if (texts.length > 0) {
    if (narrows(flags)) throw new CliError('Name letters or select them with flags, not both.');
    return { ids: parseIds(texts) };
  }
  if (!narrows(flags)) {
    throw new CliError('Name letters, or select them by --reason, --city, --producer or --since.');
  }
  return { filter: filterOf(flags) };
}
