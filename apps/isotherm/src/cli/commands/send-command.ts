import { basename } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import {
  type AccessFlags,
  accessOf,
  addAccessOptions,
  apiOption,
  clientOptionsOf,
  targetOption,
} from '../connection.ts';
import { utc, whole } from '../format/values.ts';
import { option } from '../option.ts';
import { requireListener } from '../require-listener.ts';
import { COLUMNS } from '../send/parse-reading.ts';
import { type SentFile, sendFile } from '../send/send-file.ts';
import { jsonOption } from '../shared-options.ts';
import { toJson } from '../terminal/json.ts';
import { createProgress } from '../terminal/progress.ts';
import { renderPairs } from '../terminal/table.ts';

interface SendFlags extends AccessFlags {
  readonly target: string;
  readonly api: string;
  readonly json?: boolean;
  readonly speed: number;
  readonly namespace?: string;
}

/** Problems that are printed; `--json` has more. */
const SHOWN_PROBLEMS = 10;

/** Adds `isotherm send`. */
export function addSendCommand(program: Command, context: CliContext): void {
  const { terminal } = context;
  const command = program
    .command('send')
    .description('send a CSV file of readings, plain or gzip')
    .argument('<file>', `columns ${COLUMNS.join(', ')} in any order`)
    .addOption(targetOption())
    .addOption(apiOption());
  addAccessOptions(command)
    .addOption(
      option('--speed <factor>', 'times faster than the readings were taken, as in 1x or 3600x, or max', {
        env: 'ISOTHERM_SPEED',
        fallback: Number.POSITIVE_INFINITY,
        parse: parseSpeed,
      }).default(Number.POSITIVE_INFINITY, 'max'),
    )
    .addOption(
      option('--namespace <ns>', 'prefix of city ids: JFK becomes ns/JFK', {
        env: 'ISOTHERM_NAMESPACE',
        parse: parseNamespace,
      }),
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      [
        '',
        'Sending a file again, or going on after an interruption, adds nothing twice: its hash is its producer id.',
        '',
        'Examples:',
        '  $ isotherm send samples/nyc3.csv.gz',
        '  $ isotherm send readings.csv --namespace trial --speed 3600x',
      ].join('\n'),
    )
    .action(async (path: string, flags: SendFlags) => {
      await requireListener(flags.target, '--target', accessOf(flags).tls);
      const progress = createProgress(terminal);
      const sent = await sendFile(path, {
        ...flags,
        connection: clientOptionsOf(flags),
        signal: context.interrupted,
        nowMs: context.nowMs,
        onProgress: ({ settled, rejected, readings, positionMs }) => {
          const refused = rejected > 0 ? `, ${whole(rejected)} rejected` : '';
          progress.update(
            settled / readings,
            `${whole(settled)} of ${whole(readings)}${refused} · ${utc(new Date(positionMs))}`,
          );
        },
      }).finally(() => progress.clear());
      const { readToken: _, ...report } = sent;
      if (flags.json) terminal.out(`${toJson(report)}\n`);
      else show(sent, terminal);
      if (sent.interrupted) {
        throw new CliError('Interrupted; send the file again to go on, nothing counts twice.', { exitCode: 130 });
      }
    });
}

function show(sent: SentFile, { out, style }: CliContext['terminal']): void {
  const rate = sent.seconds > 0 ? ` in ${sent.seconds.toFixed(1)} s, ${whole(sent.readings / sent.seconds)}/s` : '';
  out(
    `\n  ${style.bold(basename(sent.file))}  ${style.dim(`${whole(sent.readings)} readings of ${whole(sent.cities)} cities${rate}`)}\n\n`,
  );
  out(
    renderPairs(
      [
        ['Accepted', style.green(whole(sent.accepted))],
        [
          'Sent before',
          sent.alreadyThere === 0 ? '0' : `${whole(sent.alreadyThere)}  ${style.dim('not counted again')}`,
        ],
        [
          'Rejected',
          sent.rejected === 0 ? '0' : `${style.yellow(whole(sent.rejected))}  ${style.dim('kept as dead letters')}`,
        ],
        ...Object.entries(sent.rejectedByReason).map(([reason, count]) => ['', `${whole(count)} ${reason}`] as const),
        ['Bad lines', sent.badLines === 0 ? '0' : `${style.yellow(whole(sent.badLines))}  ${style.dim('not sent')}`],
        ['Producer', style.dim(sent.producerId)],
      ],
      style,
    ),
  );
  const shown = sent.problems.slice(0, SHOWN_PROBLEMS);
  if (shown.length > 0) out('\n');
  for (const { line, reason } of shown) out(`  line ${line}: ${reason}\n`);
  const more = sent.rejected + sent.badLines - shown.length;
  if (more > 0) out(`  ${style.dim(`and ${whole(more)} more; --json lists up to 1,000`)}\n`);
  out('\n');
}

function parseSpeed(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY;
  const factor = Number(text.replace(/[x×]$/i, ''));
  if (factor > 0 && Number.isFinite(factor)) return factor;
  throw new InvalidArgumentError('Give a factor as in 1x or 3600x, or max.');
}

function parseNamespace(text: string): string {
  if (/^[^\s/\p{Cc}]{1,32}$/u.test(text)) return text;
  throw new InvalidArgumentError('Give 1 to 32 characters without spaces and slashes.');
}
