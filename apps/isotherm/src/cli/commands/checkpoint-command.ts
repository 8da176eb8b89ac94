import type { CheckpointInspection } from '@isotherm/checkpoint';
import type { Command } from 'commander';
import { describePartition, type PartitionSummary } from '../checkpoint/describe-partition.ts';
import { inspectCheckpoints } from '../checkpoint/inspect-checkpoints.ts';
import type { CliContext } from '../cli-context.ts';
import { NONE, span, whole } from '../format/values.ts';
import { dataOption, integer, jsonOption } from '../shared-options.ts';
import { toJson } from '../terminal/json.ts';
import { renderTable } from '../terminal/table.ts';
import type { Style } from '../terminal/terminal.ts';

interface InspectFlags {
  readonly data: string;
  readonly partition?: number;
  readonly json?: boolean;
}

/** Adds `isotherm checkpoint inspect`. */
export function addCheckpointCommand(program: Command, { terminal, nowMs }: CliContext): void {
  program
    .command('checkpoint')
    .description('what is kept to start from')
    .command('inspect')
    .description(
      'every checkpoint of a data directory: read whole, checked, nothing changed; a platform may run meanwhile',
    )
    .addOption(dataOption())
    .option('--partition <n>', 'only this one, with each manifest and segment', integer(0, 4095))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExit code 1 when something is damaged.\n\nExamples:\n  $ isotherm checkpoint inspect\n  $ isotherm checkpoint inspect --partition 3\n  $ isotherm checkpoint inspect --json | jq .totals',
    )
    .action(async ({ data, partition, json }: InspectFlags) => {
      const found = await inspectCheckpoints(data, partition);
      const summaries = found.map(describePartition);
      const totals = totalsOf(found, summaries, nowMs());
      if (totals.damagedPartitions > 0) process.exitCode = 1;
      if (json) {
        terminal.out(
          `${toJson({ totals, partitions: summaries, ...(partition !== undefined && { found: found[0] }) })}\n`,
        );
        return;
      }
      const { style, out } = terminal;
      out(`\n${overview(summaries, nowMs(), style)}`);
      if (partition !== undefined && found[0] !== undefined) out(`\n${details(found[0], nowMs(), style)}`);
      out(`\n${damage(summaries, style)}${totalsLine(totals, style)}\n`);
    });
}

function overview(summaries: readonly PartitionSummary[], nowMs: number, style: Style): string {
  return renderTable(
    summaries,
    [
      { title: '  partition', align: 'right', cell: ({ partition }) => `${partition}` },
      { title: 'owner', cell: ({ owner }) => owner ?? NONE },
      { title: 'term', align: 'right', cell: ({ term }) => whole(term) },
      { title: 'manifests', align: 'right', cell: ({ manifests }) => whole(manifests) },
      { title: 'offset', align: 'right', cell: ({ usable }) => (usable ? whole(usable.offset) : NONE) },
      { title: 'sink cursor', align: 'right', cell: ({ usable }) => (usable ? whole(usable.sinkCursor) : NONE) },
      {
        title: 'segments',
        cell: ({ usable }) => (usable ? segmentsOf(usable.fullSegments, usable.deltaSegments) : NONE),
      },
      { title: 'size', align: 'right', cell: ({ usable }) => (usable ? size(usable.bytes) : NONE) },
      { title: 'age', align: 'right', cell: ({ usable }) => age(usable?.writtenMs, nowMs) },
      { title: 'state', cell: (row) => stateOf(row, style) },
    ],
    style,
  );
}

function stateOf({ faults, usable }: PartitionSummary, style: Style): string {
  if (faults.length > 0) return style.red('DAMAGED');
  return usable === undefined ? style.yellow('none yet') : style.green('good');
}

function segmentsOf(full: number, delta: number): string {
  return delta === 0 ? `${full} full` : `${full} full + ${delta} delta`;
}

/** Manifests and segments of one partition. */
function details(found: CheckpointInspection, nowMs: number, style: Style): string {
  const lines = found.manifests.flatMap((manifest) => [
    {
      name: `  ${manifest.name}`,
      kind: 'manifest',
      bytes: NONE,
      note: [
        age(manifest.writtenMs, nowMs),
        ...(manifest.manifest === undefined ? [] : [`offset ${whole(manifest.manifest.offset)}`]),
      ].join(', '),
      fault: manifest.fault,
    },
    ...manifest.segments.map(({ name, kind, bytes, fault }) => ({
      name: `    ${name}`,
      kind,
      bytes: size(bytes),
      note: '',
      fault,
    })),
  ]);
  const unused = found.unusedSegments.map((name) => ({
    name: `  ${name}`,
    kind: 'unused',
    bytes: NONE,
    note: 'no readable manifest names it; the owner removes it',
    fault: undefined,
  }));
  return renderTable(
    [...lines, ...unused],
    [
      { title: '  object', cell: ({ name }) => name },
      { title: 'kind', cell: ({ kind }) => kind },
      { title: 'size', align: 'right', cell: ({ bytes }) => bytes },
      {
        title: 'state',
        cell: ({ fault }) => (fault === undefined ? style.green('good') : style.red(`DAMAGED: ${fault}`)),
      },
      { title: 'written', cell: ({ note }) => note },
    ],
    style,
  );
}

function damage(summaries: readonly PartitionSummary[], style: Style): string {
  return summaries
    .filter(({ faults }) => faults.length > 0)
    .map(
      ({ partition, faults, recovery }) =>
        `${style.red(style.bold(`  DAMAGED: partition ${partition}`))}\n${faults.map(({ manifest, fault }) => `    ${manifest}: ${fault}\n`).join('')}    ${recovery}\n\n`,
    )
    .join('');
}

function totalsOf(found: readonly CheckpointInspection[], summaries: readonly PartitionSummary[], nowMs: number) {
  const segments = found.flatMap(({ partition, manifests }) => [
    ...new Map(
      manifests.flatMap((manifest) =>
        manifest.segments.map(({ name, bytes }) => [`${partition}/${name}`, bytes] as const),
      ),
    ).values(),
  ]);
  const ages = summaries.flatMap(({ usable }) => (usable?.writtenMs === undefined ? [] : [nowMs - usable.writtenMs]));
  return {
    partitions: summaries.length,
    damagedPartitions: summaries.filter(({ faults }) => faults.length > 0).length,
    withoutCheckpoint: summaries.filter(({ usable }) => usable === undefined).length,
    manifests: summaries.reduce((sum, { manifests }) => sum + manifests, 0),
    segments: segments.length,
    bytes: segments.reduce((sum, bytes) => sum + bytes, 0),
    newestAgeMs: ages.length === 0 ? undefined : Math.max(0, Math.min(...ages)),
    oldestAgeMs: ages.length === 0 ? undefined : Math.max(0, Math.max(...ages)),
  };
}

function totalsLine(totals: ReturnType<typeof totalsOf>, style: Style): string {
  const { partitions, damagedPartitions, manifests, segments, bytes, newestAgeMs, oldestAgeMs } = totals;
  const summary = damagedPartitions === 0 ? style.green('nothing damaged') : style.red(`${damagedPartitions} DAMAGED`);
  const ages =
    newestAgeMs === undefined || oldestAgeMs === undefined
      ? ''
      : ` · written ${span(newestAgeMs)} to ${span(oldestAgeMs)} ago`;
  return `  ${count(partitions, 'partition')}, ${summary} · ${count(manifests, 'manifest')}, ${count(segments, 'segment')}, ${size(bytes)}${ages}\n`;
}

function count(value: number, noun: string): string {
  return `${whole(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** Sizes here reach from bytes to gigabytes. */
function size(count: number): string {
  if (count < 1e3) return `${count} B`;
  if (count < 1e6) return `${(count / 1e3).toFixed(1)} kB`;
  return count < 1e9 ? `${(count / 1e6).toFixed(1)} MB` : `${(count / 1e9).toFixed(2)} GB`;
}

function age(writtenMs: number | undefined, nowMs: number): string {
  return writtenMs === undefined ? NONE : `${span(nowMs - writtenMs)} ago`;
}
