import type { Day, HistoryPage, HistoryPoint, ResolutionName } from '@isotherm/client';
import { ResolutionSchema } from '@isotherm/contracts/analytics/v1/analytics_service';
import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { type ConnectionFlags, withClient } from '../connection.ts';
import { cityName, decimal, speedSymbol, temperatureSymbol, utc, whole } from '../format/values.ts';
import { addReadOptions, enumOption, instantOrDay, integer, unitsOf, unitsOption } from '../shared-options.ts';
import { toJson } from '../terminal/json.ts';
import { type Column, renderTable } from '../terminal/table.ts';

interface HistoryFlags extends ConnectionFlags {
  readonly json?: boolean;
  readonly units: string;
  readonly from?: Date | Day;
  readonly to?: Date | Day;
  readonly resolution?: ResolutionName | 'UNSPECIFIED';
  readonly zone?: string;
  readonly limit: number;
}

/** Adds `isotherm history`. */
export function addHistoryCommand(program: Command, { terminal, nowMs }: CliContext): void {
  const command = program.command('history').description("a city's past").argument('<city>', 'id or name');
  addReadOptions(command)
    .option(
      '--from <time>',
      'start: a time, how long ago, as in 6h, or a day of the zone (default: 24 h before the end)',
      instantOrDay(nowMs),
    )
    .option('--to <time>', 'end, not included (default: now)', instantOrDay(nowMs))
    .addOption(enumOption('--resolution <width>', 'width of a row', ResolutionSchema))
    .option('--zone <name>', "IANA zone in which days begin (default: the city's)")
    .option('--limit <n>', 'rows at most', integer(1, 10_000_000), 1500)
    .addOption(unitsOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ isotherm history mumbai --from 6h\n  $ isotherm history oslo --from 2026-01-01 --to 2026-02-01 --resolution day --json',
    )
    .action(async (city: string, flags: HistoryFlags) => {
      const { page, points } = await withClient(flags, async (client) => {
        const pages = client.history(city, {
          ...(flags.from && { startTime: flags.from }),
          ...(flags.to && { endTime: flags.to }),
          ...(flags.zone !== undefined && { timeZone: flags.zone }),
          ...(flags.resolution && flags.resolution !== 'UNSPECIFIED' && { resolution: flags.resolution }),
          units: unitsOf(flags.units),
          pageSize: Math.min(10_000, flags.limit),
        });
        return collect(pages, flags.limit);
      });
      if (flags.json) terminal.out(`${toJson({ ...page, points })}\n`);
      else if (page !== undefined) show(page, points, terminal);
    });
}

async function collect(pages: AsyncIterable<HistoryPage>, limit: number) {
  const points: HistoryPoint[] = [];
  let page: HistoryPage | undefined;
  for await (const next of pages) {
    page ??= next;
    points.push(...next.points.slice(0, limit - points.length));
    if (points.length >= limit) break;
  }
  return { page, points };
}

function show(page: HistoryPage, points: readonly HistoryPoint[], { out, style }: CliContext['terminal']): void {
  const width = page.resolution.toLowerCase().replace('_', ' ');
  const zone = page.resolution === 'DAY' ? page.timeZone : 'UTC';
  const degrees = temperatureSymbol(page.units);
  const number = (title: string, pick: (point: HistoryPoint) => number | undefined): Column<HistoryPoint> => ({
    title,
    align: 'right',
    cell: (point) => decimal(pick(point)),
  });
  out(
    `\n  ${style.bold(cityName(page.city))}  ${style.dim(`by ${width}, ${zone}${page.demo ? ' · demo data' : ''}`)}\n\n`,
  );
  if (points.length === 0) {
    out('  No observations in that time.\n\n');
    return;
  }
  const raw = page.resolution === 'RAW';
  out(
    renderTable(
      points,
      [
        { title: '  from', cell: ({ startTime }) => `  ${utc(startTime, raw ? 'second' : 'minute')}` },
        number(degrees, (point) => point.temperature),
        ...(raw
          ? []
          : [number('min', (point) => point.temperatureMin), number('max', (point) => point.temperatureMax)]),
        number(`heat index ${degrees}`, (point) => point.heatIndex),
        ...(page.resolution === 'MINUTE' ? [number('24 h mean', (point) => point.heatIndexRolling24h)] : []),
        number('humidity %', (point) => point.relativeHumidityPercent),
        number(`wind ${speedSymbol(page.units)}`, (point) => point.windSpeed),
        ...(raw
          ? []
          : [{ title: 'readings', align: 'right' as const, cell: (point: HistoryPoint) => whole(point.count) }]),
      ],
      style,
    ),
  );
  out('\n');
}
