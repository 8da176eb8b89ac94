import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { WORKER_KINDS, type WorkerKind, type WorkerReport } from '../../control/worker-report.ts';
import { checkLedger, type LedgerResult } from '../chaos/check-ledger.ts';
import { createControlClient } from '../chaos/control-client.ts';
import { type KillOutcome, killWorker } from '../chaos/kill-worker.ts';
import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { whole } from '../format/values.ts';
import { dataOption, integer, jsonOption } from '../shared-options.ts';
import { toJson } from '../terminal/json.ts';
import { createProgress } from '../terminal/progress.ts';
import type { Style } from '../terminal/terminal.ts';

interface ChaosFlags {
  readonly data: string;
  readonly kill: WorkerKind;
  readonly shard?: string;
  readonly every: number;
  readonly times: number;
  readonly json?: boolean;
}

const HELP = `
What is killed:
  compute    one shard, its thread terminated at once: no drain, no checkpoint. Its cities are greyed and their reads
             answer UNAVAILABLE until another thread has restored checkpoint and log.
  ingest     the ingest thread, terminated at once, commits under way or not. Producers reconnect to the same port and
             send again what was not acked.
  analytics  the ClickHouse engine: every caller is cut off at once and what waits is dropped. A statement it is
             executing runs to its end before the thread goes, because the engine takes the whole process down when it
             is torn away from one; nobody is told that it succeeded. For a kill in the middle of a statement, kill -9
             the platform: \`npm run crash\` does.

Only the user who runs the platform can do this, on its machine, and only if it was started with --chaos.
Exit code 1 when the ledger is not clean afterwards or a worker does not come back.

Examples:
  $ isotherm start --chaos
  $ isotherm chaos --kill compute
  $ isotherm chaos --kill compute --shard shard-1
  $ isotherm chaos --kill ingest --every 10s --times 6`;

/** Adds `isotherm chaos`. */
export function addChaosCommand(program: Command, context: CliContext): void {
  program
    .command('chaos')
    .description('kill a worker of a running platform, watch it come back and compare the ledger')
    .addOption(new Option('--kill <worker>', 'what to kill').choices([...WORKER_KINDS]).makeOptionMandatory())
    .option('--shard <name>', 'which compute shard; default each in turn')
    .addOption(
      new Option('--every <span>', 'from one kill to the next, as in 30s').default(30_000, '30s').argParser(span),
    )
    .option('--times <n>', 'how often', integer(1, 10_000), 1)
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action((flags: ChaosFlags) => run(flags, context));
}

async function run(flags: ChaosFlags, { terminal, interrupted }: CliContext): Promise<void> {
  const client = createControlClient(flags.data);
  const { workers, chaos } = await client.workers();
  const names = namesOf(flags, workers);
  if (!chaos) throw new CliError('This platform does not let its workers be killed. Start it with --chaos.');
  const { style } = terminal;
  const say = (text: string) => (flags.json ? undefined : terminal.out(text));
  const progress = createProgress(terminal);
  const before = await checkLedger(client.ledger);
  say(`\n  ${style.dim('before')}  ${ledgerText(before, style)}\n`);
  const kills: KillOutcome[] = [];
  for (let turn = 0; turn < flags.times && !interrupted.aborted; turn++) {
    const nextMs = performance.now() + flags.every;
    const name = names[turn % names.length] ?? '';
    const outcome = await killWorker(client, name, (worker, unavailableSeconds) =>
      progress.update(undefined, `  ${name} is ${worker.state}, ${unavailableSeconds.toFixed(1)} s`),
    );
    progress.clear();
    kills.push(outcome);
    say(killText(outcome, style));
    if (turn + 1 < flags.times) {
      await sleep(Math.max(0, nextMs - performance.now()), undefined, { signal: interrupted }).catch(() => undefined);
    }
  }
  const after = await checkLedger(client.ledger, before.stored);
  if (after.result !== 'clean') process.exitCode = 1;
  say(`  ${style.dim('after')}   ${ledgerText(after, style)}\n\n`);
  if (flags.json) terminal.out(`${toJson({ before, kills, after })}\n`);
}

function namesOf({ kill, shard }: ChaosFlags, workers: readonly WorkerReport[]): readonly string[] {
  if (shard !== undefined && kill !== 'compute') throw new CliError('--shard goes with --kill compute.');
  const names = workers.filter((worker) => worker.kind === kill).map(({ name }) => name);
  if (shard === undefined) return names;
  if (names.includes(shard)) return [shard];
  throw new CliError(`There is no shard ${shard}; there are ${names.join(', ')}.`);
}

function killText({ worker, kind, killedAt, cities, unavailableSeconds }: KillOutcome, style: Style): string {
  const clock = killedAt.toISOString().slice(11, 23);
  const grey = kind === 'compute' ? `      +0.0 s  ${whole(cities)} cities grey\n` : '';
  const again = kind === 'compute' ? `, ${whole(cities)} cities answer again` : '';
  return `  ${clock}  ${style.red('killed')} ${worker}\n${grey}      +${unavailableSeconds.toFixed(1)} s  ${style.green('back')}${again}\n`;
}

function ledgerText({ acked, applied, dead, duplicate, stored, result, open }: LedgerResult, style: Style): string {
  const sum = [
    `${whole(applied)} applied`,
    ...(dead > 0 ? [`${whole(dead)} dead letters`] : []),
    ...(duplicate > 0 ? [`${whole(duplicate)} duplicates`] : []),
    ...(result === 'clean' && open > 0 ? [`${whole(open)} under way`] : []),
  ].join(' + ');
  const words = {
    clean: style.green('clean'),
    missing: style.red(`NOT CLEAN: ${whole(open)} acked and not found`),
    excess: style.red(`NOT CLEAN: ${whole(-open)} counted that were not acked`),
  }[result];
  return `${whole(acked)} acked = ${sum} · ${whole(stored)} stored · ${words}`;
}

function span(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m)$/.exec(text);
  const ms = Number(match?.[1]) * ({ ms: 1, s: 1000, m: 60_000 }[match?.[2] ?? ''] ?? Number.NaN);
  if (Number.isFinite(ms) && ms >= 100 && ms <= 3_600_000) return ms;
  throw new InvalidArgumentError('Give a span from 100ms to 60m, as in 30s.');
}
