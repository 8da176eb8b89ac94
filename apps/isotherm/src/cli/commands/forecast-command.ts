import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { type ConnectionFlags, withClient } from '../connection.ts';
import { cityName, decimal, local, temperatureSymbol, utc } from '../format/values.ts';
import { addReadOptions, integer, unitsOf, unitsOption } from '../shared-options.ts';
import { toJson } from '../terminal/json.ts';
import { renderTable } from '../terminal/table.ts';

/** Adds `isotherm forecast`. */
export function addForecastCommand(program: Command, { terminal }: CliContext): void {
  const { out, style } = terminal;
  const command = program
    .command('forecast')
    .description('what it will be like: hourly means with intervals')
    .argument('<city>', 'id or name');
  addReadOptions(command)
    .option('--hours <n>', 'hours ahead, 1 to 24', integer(1, 24), 24)
    .addOption(unitsOption())
    .addHelpText('after', '\nExamples:\n  $ isotherm forecast lagos\n  $ isotherm forecast sydney --hours 6 --json')
    .action(async (city: string, flags: ConnectionFlags & { json?: boolean; units: string; hours: number }) => {
      const options = { units: unitsOf(flags.units), hours: flags.hours };
      const forecast = await withClient(flags, (client) => client.forecast(city, options));
      if (flags.json) {
        out(`${toJson(forecast)}\n`);
        return;
      }
      const degrees = temperatureSymbol(forecast.units);
      const level = forecast.points[0]?.interval?.level;
      out(
        `\n  ${style.bold(cityName(forecast.city))}  ${style.dim(`issued ${utc(forecast.issueTime)} UTC${forecast.demo ? ' · demo data' : ''}`)}\n\n`,
      );
      out(
        renderTable(
          forecast.points,
          [
            { title: '  in', align: 'right', cell: (point) => `  ${Math.round(point.leadMs / 3_600_000)} h` },
            { title: 'local time', cell: (point) => local(point.validTime, forecast.city.timeZone) },
            { title: degrees, align: 'right', cell: (point) => decimal(point.temperature) },
            {
              title: level === undefined ? 'interval' : `${Math.round(level * 100)} % interval`,
              align: 'right',
              cell: ({ interval }) => (interval ? `${decimal(interval.low)} … ${decimal(interval.high)}` : ''),
            },
            { title: 'heat index', align: 'right', cell: (point) => decimal(point.heatIndex) },
            { title: 'model', cell: (point) => point.model },
            { title: 'error so far', align: 'right', cell: (point) => decimal(point.meanAbsoluteError, 2) },
            { title: 'skill', align: 'right', cell: (point) => decimal(point.skill, 2) },
          ],
          style,
        ),
      );
      if (forecast.points.length === 0) out('  No forecast yet: it needs a few hours of observations.\n');
      out('\n');
    });
}
