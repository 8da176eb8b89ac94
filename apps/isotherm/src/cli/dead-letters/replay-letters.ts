import type { DeadLetter, IsothermClient, ReadToken } from '@isotherm/client';
import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { whole } from '../format/values.ts';
import { toJson } from '../terminal/json.ts';
import { createProgress } from '../terminal/progress.ts';
import { renderPairs } from '../terminal/table.ts';
import { batchesOfFilter, batchesOfIds, type LetterBatch, lettersOf } from './letter-batches.ts';
import { filterOf, type LetterFlags, narrows, parseIds } from './letter-flags.ts';
import { createReplayTally, type ReplayReport, type ReplayTally } from './replay-report.ts';

/** Flags of `isotherm dead-letters replay`. */
export interface ReplayFlags extends LetterFlags {
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** How long the outcome of a batch may take to be stored, in ms. */
const APPLIED_WITHIN_MS = 120_000;
const SHOWN_PROBLEMS = 10;

/** Replays the letters named or selected, waits until they are applied and prints what became of them. */
export async function replayLetters(
  client: IsothermClient,
  asked: { readonly ids: readonly string[]; readonly flags: ReplayFlags },
  context: CliContext,
): Promise<void> {
  const { flags } = asked;
  const { terminal, interrupted } = context;
  const { batches, total } = await selectionOf(client, asked.ids, flags);
  const dryRun = flags.dryRun ?? false;
  const tally = createReplayTally();
  const progress = createProgress(terminal);
  const sent: { readonly letters: readonly DeadLetter[]; readonly readToken: ReadToken }[] = [];
  let done = 0;
  try {
    for await (const batch of batches) {
      if (interrupted.aborted) break;
      const readToken = await replayBatch(client, { batch, dryRun }, tally);
      if (readToken !== undefined) sent.push({ letters: batch.letters, readToken });
      done += batch.letters.length + batch.missing.length;
      progress.update(total === 0 ? undefined : Math.min(1, done / total), `${whole(done)} of ${whole(total)} sent`);
    }
    for (const [index, { letters, readToken }] of sent.entries()) {
      if (interrupted.aborted) break;
      progress.update(index / sent.length, 'applied');
      const ids = letters.map(({ id }) => id);
      tally.settled(letters, await lettersOf(client, ids, { readToken, timeoutMs: APPLIED_WITHIN_MS }));
    }
  } finally {
    progress.clear();
  }
  const report = tally.report(dryRun);
  if (flags.json) terminal.out(`${toJson(report)}\n`);
  else show(report, terminal);
  if (interrupted.aborted) {
    throw new CliError('Interrupted; replay again to go on, nothing counts twice.', { exitCode: 130 });
  }
}

/** What is to be replayed, and how much that is. */
async function selectionOf(
  client: IsothermClient,
  texts: readonly string[],
  flags: ReplayFlags,
): Promise<{ readonly batches: AsyncGenerator<LetterBatch, void>; readonly total: number }> {
  if (texts.length > 0) {
    if (narrows(flags) || flags.all) throw new CliError('Name letters or select them with flags, not both.');
    const ids = parseIds(texts);
    return { batches: batchesOfIds(client, ids), total: ids.length };
  }
  if (!narrows(flags) && !flags.all) {
    throw new CliError('Name letters, or select them as in --reason LATE; --all means every one that is open.');
  }
  const { limit = Number.POSITIVE_INFINITY } = flags;
  const filter = filterOf(flags);
  const counts = await client.deadLetters.count({ filter });
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  return { batches: batchesOfFilter(client, filter, limit), total: Math.min(limit, total) };
}

async function replayBatch(
  client: IsothermClient,
  { batch, dryRun }: { readonly batch: LetterBatch; readonly dryRun: boolean },
  tally: ReplayTally,
): Promise<ReadToken | undefined> {
  const ids = [...batch.letters.map(({ id }) => id), ...batch.missing];
  const answer = await client.deadLetters.replay({ ids }, { dryRun, timeoutMs: APPLIED_WITHIN_MS });
  tally.sent(answer.replayed);
  tally.refused({ count: answer.refused, named: answer.refusals });
  return answer.readToken;
}

function show(report: ReplayReport, { out, style }: CliContext['terminal']): void {
  const { dryRun, replayed, counted, failed, refused, problems } = report;
  if (replayed + refused === 0) {
    out('No dead letters.\n');
    return;
  }
  const none = (count: number, text: string) => (count === 0 ? '0' : style.yellow(text));
  out('\n');
  out(
    renderPairs(
      [
        [dryRun ? 'Would replay' : 'Replayed', whole(replayed)],
        ...(dryRun
          ? []
          : [
              ['Count now', style.green(whole(counted))] as const,
              ['Failed again', none(failed, whole(failed))] as const,
              ...Object.entries(report.failedByReason).map(
                ([reason, count]) => ['', `${whole(count)} ${reason}`] as const,
              ),
            ]),
        ['Not replayed', none(refused, whole(refused))],
      ],
      style,
    ),
  );
  if (problems.length > 0) out('\n');
  for (const { id, reason, message } of problems.slice(0, SHOWN_PROBLEMS)) out(`  ${id} ${reason}: ${message}\n`);
  const more = failed + refused - Math.min(SHOWN_PROBLEMS, problems.length);
  if (more > 0) out(`  ${style.dim(`and ${whole(more)} more; --json lists up to 1,000`)}\n`);
  out('\n');
}
