import type { CurrentConditions, RollingValues } from '@isotherm/client';
import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { type ConnectionFlags, withClient } from '../connection.ts';
import {
  cityName,
  decimal,
  local,
  NONE,
  risk,
  span,
  speedSymbol,
  temperatureSymbol,
  utc,
  whole,
} from '../format/values.ts';
import { addReadOptions, unitsOf, unitsOption } from '../shared-options.ts';
import { toJson } from '../terminal/json.ts';
import { renderPairs, renderTable } from '../terminal/table.ts';

/** Adds `isotherm current`. */
export function addCurrentCommand(program: Command, { terminal }: CliContext): void {
  const command = program
    .command('current')
    .description('what it is like now')
    .argument('<city...>', 'ids or names, as in tokyo, "paris, texas" or 2988507');
  addReadOptions(command)
    .addOption(unitsOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ isotherm current tokyo\n  $ isotherm current berlin paris "rome, italy" --units us --json',
    )
    .action(async (cities: string[], flags: ConnectionFlags & { json?: boolean; units: string }) => {
      const answer = await withClient(flags, (client) => client.current(cities, { units: unitsOf(flags.units) }));
      if (flags.json) terminal.out(`${toJson(answer)}\n`);
      else if (answer.conditions.length === 1 && cities.length === 1) showOne(answer.conditions[0]!, terminal);
      else showMany(answer.conditions, terminal);
      for (const city of flags.json ? [] : answer.unknownCities) terminal.err(`No observation of '${city}' yet.\n`);
    });
}

function showOne(now: CurrentConditions, { out, style }: CliContext['terminal']): void {
  const degrees = temperatureSymbol(now.units);
  const speed = speedSymbol(now.units);
  const value = (number: number | undefined, unit: string) =>
    number === undefined ? NONE : `${decimal(number)} ${unit}`;
  const { city } = now;
  out(`\n  ${style.bold(cityName(city))}  ${style.dim(`${city.cityId}${now.demo ? ' · demo data' : ''}`)}\n\n`);
  out(
    renderPairs(
      [
        ['Temperature', style.bold(value(now.temperature, degrees))],
        ['Feels like', `${value(now.apparentTemperature, degrees)}`],
        [
          'Heat index',
          `${value(now.heatIndex, degrees)}  ${risk(now.risk, style)}  ${style.dim(now.heatIndexFormula)}`,
        ],
        ...(now.windChill === undefined ? [] : [['Wind chill', value(now.windChill, degrees)] as const]),
        ['Humidity', value(now.relativeHumidityPercent, '%')],
        ['Dew point', value(now.dewPoint, degrees)],
        ['Wind', value(now.windSpeed, speed)],
        [
          'Observed',
          `${utc(now.observeTime, 'second')} UTC, ${span(now.ageMs)} ago  ${style.dim(`${local(now.observeTime, city.timeZone)} ${city.timeZone}`)}`,
        ],
        ['Quality', now.quality.toLowerCase().replaceAll('_', ' ')],
        [
          'Reflects',
          style.dim(
            `partition ${now.partition} up to offset ${now.asOfOffset}; ${whole(now.observations)} observations`,
          ),
        ],
      ],
      style,
    ),
  );
  if (now.rolling.length === 0) return;
  const column = (title: string, pick: (row: RollingValues) => number | undefined) => ({
    title,
    align: 'right' as const,
    cell: (row: RollingValues) => decimal(pick(row)),
  });
  out(
    `\n${renderTable(
      now.rolling,
      [
        { title: '  window', cell: (row) => `  ${span(row.windowMs)}` },
        column(`heat index ${degrees}`, (row) => row.heatIndexMean),
        column('max', (row) => row.heatIndexMax),
        column(`temperature ${degrees}`, (row) => row.temperatureMean),
        column('min', (row) => row.temperatureMin),
        column('max', (row) => row.temperatureMax),
        column('humidity %', (row) => row.relativeHumidityMean),
        column(`wind ${speed}`, (row) => row.windSpeedMean),
        { title: 'readings', align: 'right', cell: (row) => whole(row.count) },
      ],
      style,
    )}\n`,
  );
}

function showMany(conditions: readonly CurrentConditions[], { out, style }: CliContext['terminal']): void {
  const units = conditions[0]?.units;
  if (units === undefined) return;
  const number = (title: string, pick: (row: CurrentConditions) => number | undefined) => ({
    title,
    align: 'right' as const,
    cell: (row: CurrentConditions) => decimal(pick(row)),
  });
  out(
    renderTable(
      conditions,
      [
        { title: 'city', cell: (row) => cityName(row.city) },
        number(temperatureSymbol(units), (row) => row.temperature),
        number('feels like', (row) => row.apparentTemperature),
        number('heat index', (row) => row.heatIndex),
        number('humidity %', (row) => row.relativeHumidityPercent),
        number(speedSymbol(units), (row) => row.windSpeed),
        { title: 'risk', cell: (row) => risk(row.risk, style) },
        { title: 'age', align: 'right', cell: (row) => span(row.ageMs) },
        { title: '', cell: (row) => (row.demo ? style.dim('demo data') : '') },
      ],
      style,
    ),
  );
}
