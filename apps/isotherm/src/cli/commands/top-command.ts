import type { Day, MetricName } from '@isotherm/client';
import { MetricSchema } from '@isotherm/contracts/analytics/v1/analytics_service';
import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { type ConnectionFlags, withClient } from '../connection.ts';
import { decimal, speedSymbol, temperatureSymbol, whole } from '../format/values.ts';
import { addReadOptions, enumOption, instantOrDay, integer, unitsOf, unitsOption } from '../shared-options.ts';
import { toJson } from '../terminal/json.ts';
import { renderTable } from '../terminal/table.ts';

interface TopFlags extends ConnectionFlags {
  readonly json?: boolean;
  readonly units: string;
  readonly metric: MetricName;
  readonly lowest?: boolean;
  readonly from?: Date | Day;
  readonly to?: Date | Day;
  readonly zone?: string;
  readonly limit: number;
  readonly country?: string;
}

/** Adds `isotherm top`. */
export function addTopCommand(program: Command, { terminal, nowMs }: CliContext): void {
  const { out, style } = terminal;
  addReadOptions(program.command('top').description('cities in order: the hottest, the windiest, the coldest'))
    .addOption(
      enumOption('--metric <name>', 'what to rank by, its mean over the time', MetricSchema).default('HEAT_INDEX'),
    )
    .option('--lowest', 'lowest first')
    .option(
      '--from <time>',
      'start: a time, how long ago, as in 6h, or a day of --zone (default: 1 h before the end)',
      instantOrDay(nowMs),
    )
    .option('--zone <name>', 'IANA zone of the days')
    .option('--to <time>', 'end, not included (default: now)', instantOrDay(nowMs))
    .option('--limit <n>', 'how many, 1 to 1,000', integer(1, 1000), 10)
    .option('--country <code>', 'only this country, as in IN')
    .addOption(unitsOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ isotherm top\n  $ isotherm top --metric temperature --lowest --from 24h --limit 20',
    )
    .action(async (flags: TopFlags) => {
      const { metric } = flags;
      const ranking = await withClient(flags, (client) =>
        client.rank({
          metric,
          ascending: flags.lowest ?? false,
          ...(flags.from && { startTime: flags.from }),
          ...(flags.to && { endTime: flags.to }),
          ...(flags.zone !== undefined && { timeZone: flags.zone }),
          limit: flags.limit,
          ...(flags.country !== undefined && { countryCode: flags.country.toUpperCase() }),
          units: unitsOf(flags.units),
        }),
      );
      if (flags.json) {
        out(`${toJson(ranking)}\n`);
        return;
      }
      if (ranking.cities.length === 0) {
        out('No observations in that time.\n');
        return;
      }
      const unit = {
        HEAT_INDEX: temperatureSymbol(ranking.units),
        TEMPERATURE: temperatureSymbol(ranking.units),
        RELATIVE_HUMIDITY: '%',
        WIND_SPEED: speedSymbol(ranking.units),
      }[metric];
      out(
        renderTable(
          ranking.cities.map((row, index) => ({ ...row, place: index + 1 })),
          [
            { title: '', align: 'right', cell: ({ place }) => style.dim(String(place)) },
            { title: 'city', cell: ({ city }) => city.name },
            { title: 'country', cell: ({ city }) => city.country },
            {
              title: `${metric.toLowerCase().replace('_', ' ')} ${unit}`,
              align: 'right',
              cell: ({ value }) => style.bold(decimal(value)),
            },
            { title: 'readings', align: 'right', cell: ({ count }) => whole(count) },
            { title: 'id', cell: ({ city }) => style.dim(city.cityId) },
          ],
          style,
        ),
      );
    });
}
