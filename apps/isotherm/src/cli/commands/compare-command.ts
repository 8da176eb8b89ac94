import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { createIsothermClient, type IsothermClientOptions } from '@isotherm/client';
import { type Command, Option } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { type Comparison, compareFile, TOLERANCE } from '../compare/compare-file.ts';
import { curvesSvg } from '../compare/curves-svg.ts';
import type { CompareFormula } from '../compare/naive-heat-index.ts';
import { startScratchPlatform } from '../compare/scratch-platform.ts';
import {
  type AccessFlags,
  accessOf,
  addAccessOptions,
  apiOption,
  clientOptionsOf,
  targetOption,
} from '../connection.ts';
import { utc, whole } from '../format/values.ts';
import { requireListener } from '../require-listener.ts';
import { jsonOption } from '../shared-options.ts';
import { toJson } from '../terminal/json.ts';
import { createProgress } from '../terminal/progress.ts';
import { renderPairs } from '../terminal/table.ts';

interface CompareFlags extends AccessFlags {
  readonly formula: CompareFormula;
  readonly running?: boolean;
  readonly svg?: string;
  readonly target: string;
  readonly api: string;
  readonly json?: boolean;
}

/** Adds `isotherm compare`. */
export function addCompareCommand(program: Command, context: CliContext): void {
  const { terminal } = context;
  const command = program
    .command('compare')
    .description("hold the platform's rolling heat index against a plain loop over the same file")
    .argument('<file>', 'as for `send`')
    .addOption(new Option('--formula <name>', 'heat index formula').choices(['NWS', 'ROTHFUSZ']).default('NWS'))
    .option('--running', 'use the running platform, under a namespace of its own (default: a scratch platform)')
    .option('--svg <file>', 'where the picture goes (default: compare-<file>.svg)')
    .addOption(targetOption())
    .addOption(apiOption());
  addAccessOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      [
        '',
        'Ends with 1 if a value differs by more than 1e-9 (relative, absolute near zero) or is missing on one side.',
        '',
        'Examples:',
        '  $ isotherm compare samples/nyc3.csv.gz',
        '  $ isotherm compare samples/nyc3.csv.gz --formula ROTHFUSZ --svg nyc.svg',
      ].join('\n'),
    )
    .action(async (path: string, flags: CompareFlags) => {
      const comparison = flags.running ? await onRunning(path, flags, context) : await onScratch(path, flags, context);
      const svg = flags.svg ?? `compare-${basename(path).replace(/\.csv(\.gz)?$/, '')}.svg`;
      await writeFile(svg, curvesSvg(comparison));
      const equal = comparison.largestDifference <= TOLERANCE && comparison.unmatched === 0 && comparison.rows > 0;
      const { curves, ...figures } = comparison;
      if (flags.json)
        terminal.out(`${toJson({ ...figures, equal, tolerance: TOLERANCE, svg, svgCity: curves.city })}\n`);
      else show(path, comparison, { terminal, svg, equal });
      if (!equal) throw new CliError('The rolling values are not equal.');
    });
}

async function onScratch(path: string, flags: CompareFlags, context: CliContext): Promise<Comparison> {
  context.terminal.err('Starting a scratch platform …\n');
  await using platform = await startScratchPlatform(flags.formula);
  const connection = { ingestUrl: platform.target, apiUrl: platform.api };
  return await compareOn(path, { connection, formula: flags.formula }, context);
}

async function onRunning(path: string, flags: CompareFlags, context: CliContext): Promise<Comparison> {
  await requireListener(flags.target, '--target', accessOf(flags).tls);
  return await compareOn(path, { connection: clientOptionsOf(flags), formula: flags.formula }, context);
}

async function compareOn(
  path: string,
  { connection, formula }: { readonly connection: IsothermClientOptions; readonly formula: CompareFormula },
  context: CliContext,
): Promise<Comparison> {
  await using client = createIsothermClient(connection);
  const status = await client.status();
  if (status.formula !== formula) {
    throw new CliError(
      `The platform computes ${status.formula}; compare with --formula ${status.formula}, or without --running.`,
    );
  }
  const progress = createProgress(context.terminal);
  try {
    return await compareFile(path, {
      connection,
      client,
      formula,
      namespace: `compare-${context.nowMs().toString(36)}`,
      signal: context.interrupted,
      onProgress: ({ settled, readings, positionMs }) =>
        progress.update(
          settled / readings,
          `${whole(settled)} of ${whole(readings)} sent · ${utc(new Date(positionMs))}`,
        ),
    });
  } finally {
    progress.clear();
  }
}

function show(
  path: string,
  result: Comparison,
  options: { readonly terminal: CliContext['terminal']; readonly svg: string; readonly equal: boolean },
): void {
  const { out, style } = options.terminal;
  const summary = options.equal ? style.green('equal') : style.red('not equal');
  const ratio = result.platformSeconds / Math.max(1e-6, result.naiveSeconds);
  out(
    `\n  ${style.bold(basename(path))}  ${style.dim(`rolling mean heat index of 24 h, ${result.formula}`)}  ${summary}\n\n`,
  );
  out(
    renderPairs(
      [
        [
          'Readings',
          `${whole(result.readings)}${result.rejected > 0 ? `, ${whole(result.rejected)} of them rejected by the platform` : ''}`,
        ],
        ['Rows compared', `${whole(result.rows)}  ${style.dim(storedText(result))}`],
        [
          'Largest difference',
          `${result.largestDifference.toExponential(2)}  ${style.dim(`at most ${TOLERANCE}; ${result.largestAt}`)}`,
        ],
        ...(result.unmatched > 0 ? [['On one side only', style.red(whole(result.unmatched))] as const] : []),
        [
          'Isotherm',
          `${result.platformSeconds.toFixed(2)} s  ${style.dim('sent over gRPC, durable, computed, stored, read back')}`,
        ],
        ['Plain loop', `${result.naiveSeconds.toFixed(3)} s  ${style.dim('the averages alone, in memory')}`],
        ['Ratio', `${ratio.toFixed(1)}`],
        ['Picture', options.svg],
      ],
      style,
    ),
  );
  out('\n');
}

function storedText({ rows, rowsFromStore }: Comparison): string {
  const rest = rows - rowsFromStore;
  return rest === 0 ? 'all from ClickHouse' : `${whole(rowsFromStore)} from ClickHouse, ${whole(rest)} still open`;
}
