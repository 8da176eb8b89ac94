import type { PartitionStatus, PlatformStats, PlatformStatus, ProducerStatus } from '@isotherm/client';
import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { type ConnectionFlags, withClient } from '../connection.ts';
import { bytes, decimal, NONE, span, utc, whole } from '../format/values.ts';
import { addReadOptions } from '../shared-options.ts';
import { toJson } from '../terminal/json.ts';
import { renderPairs, renderTable } from '../terminal/table.ts';

/** Adds `isotherm status`. */
export function addStatusCommand(program: Command, { terminal, nowMs }: CliContext): void {
  addReadOptions(program.command('status').description('how the platform is doing: partitions, lag, producers'))
    .option('--summary', 'without the partitions')
    .addHelpText('after', '\nExamples:\n  $ isotherm status\n  $ isotherm status --json | jq .stats')
    .action(async (flags: ConnectionFlags & { json?: boolean; summary?: boolean }) => {
      const status = await withClient(flags, (client) => client.status());
      if (flags.json) terminal.out(`${toJson(status)}\n`);
      else show(status, { terminal, nowMs: nowMs(), withPartitions: flags.summary !== true });
    });
}

function show(
  status: PlatformStatus,
  options: { readonly terminal: CliContext['terminal']; readonly nowMs: number; readonly withPartitions: boolean },
): void {
  const { nowMs } = options;
  const { out, err, style } = options.terminal;
  out(
    `\n  ${style.bold('Isotherm')} ${status.version}  ${style.dim(`log ${status.incarnation} · heat index ${status.formula}`)}\n\n`,
  );
  if (status.stats !== undefined) out(`${renderPairs(statsPairs(status.stats, nowMs), style)}\n`);
  const partitions = status.shards.flatMap((shard) => shard.partitions).sort((a, b) => a.partition - b.partition);
  if (options.withPartitions && partitions.length > 0) {
    const lagging = (row: PartitionStatus, text: string) => (row.lagSeconds > 5 ? style.yellow(text) : text);
    out(
      `${renderTable(
        partitions,
        [
          { title: '  partition', align: 'right', cell: (row) => `${row.partition}` },
          { title: 'owner', cell: (row) => row.owner },
          { title: 'end', align: 'right', cell: (row) => whole(row.endOffset) },
          { title: 'applied', align: 'right', cell: (row) => whole(row.appliedOffset) },
          { title: 'stored', align: 'right', cell: (row) => whole(row.storedOffset) },
          { title: 'checkpoint', align: 'right', cell: (row) => whole(row.checkpointOffset) },
          { title: 'lag', align: 'right', cell: (row) => lagging(row, whole(row.lagRecords)) },
          { title: 'lag s', align: 'right', cell: (row) => lagging(row, decimal(row.lagSeconds)) },
          {
            title: 'watermark',
            cell: (row) => (row.watermarkTime === undefined ? NONE : utc(row.watermarkTime, 'second')),
          },
          { title: 'cities', align: 'right', cell: (row) => whole(row.cities) },
          { title: 'observations', align: 'right', cell: (row) => whole(row.observationsApplied) },
          { title: 'dead', align: 'right', cell: (row) => whole(row.observationsDead) },
        ],
        style,
      )}\n`,
    );
  }
  const producers = mergeProducers(status.shards.flatMap((shard) => shard.producers));
  if (producers.length > 0) {
    out(
      `${renderTable(
        producers,
        [
          { title: '  tenant', cell: (row) => `  ${row.tenant}` },
          { title: 'producer', cell: (row) => row.producerId },
          { title: 'sequence', align: 'right', cell: (row) => whole(row.sequence) },
          { title: 'observations', align: 'right', cell: (row) => whole(row.observations) },
          { title: 'last seen', align: 'right', cell: (row) => `${span(nowMs - row.lastAppendTime.getTime())} ago` },
        ],
        style,
      )}\n`,
    );
  }
  for (const shard of status.unreachableShards) err(`Shard ${shard} did not answer.\n`);
}

function statsPairs(stats: PlatformStats, nowMs: number): (readonly [string, string])[] {
  const settled = stats.observationsAcked - stats.observationsDuplicate;
  return [
    ['Accepted', `${whole(stats.acceptedPerSecond)} observations/s`],
    ['Lag', `${decimal(stats.lagSeconds)} s, ${whole(stats.lagRecords)} records`],
    [
      'Fresh',
      stats.freshnessP99Ms === undefined
        ? NONE
        : `${decimal(stats.freshnessP99Ms, 0)} ms from accepted to visible (p99)`,
    ],
    ['Cities', whole(stats.cities)],
    [
      'Ledger',
      `${whole(settled)} acked once · ${whole(stats.observationsApplied)} applied · ${whole(stats.observationsStored)} stored · ${whole(stats.observationsDead)} dead letters · ${whole(stats.observationsDuplicate)} duplicates`,
    ],
    ['Minute rows', `${whole(stats.rowsStored)} stored, ${whole(stats.rowsPending)} waiting`],
    ['Memory', bytes(stats.residentBytes)],
    ...(stats.feed === undefined ? [] : [['Demo feed', feedText(stats.feed, nowMs)] as const]),
  ];
}

function feedText(feed: NonNullable<PlatformStats['feed']>, nowMs: number): string {
  if (!feed.replaying) return `live, ${span(nowMs - feed.observeTime.getTime())} behind the clock`;
  return `yesterday, ${Math.floor(feed.shareDone * 100)} % (${utc(feed.observeTime)} UTC)`;
}

/** One row a tenant's producer: its newest session, its observations over all shards. */
function mergeProducers(producers: readonly ProducerStatus[]): ProducerStatus[] {
  const byId = new Map<string, ProducerStatus>();
  for (const next of producers) {
    const key = JSON.stringify([next.tenant, next.producerId]);
    const known = byId.get(key);
    if (known === undefined || next.lastAppendTime > known.lastAppendTime) {
      byId.set(key, { ...next, observations: next.observations + (known?.observations ?? 0) });
    } else {
      byId.set(key, { ...known, observations: known.observations + next.observations });
    }
  }
  return [...byId.values()].sort((a, b) => b.observations - a.observations);
}
