import type { DescEnum } from '@bufbuild/protobuf';
import type { Day, TemperatureUnitName, Units } from '@isotherm/client';
import { TemperatureUnit, TemperatureUnitSchema } from '@isotherm/contracts/type/v1/weather';
import { enumNumber, enumWords } from '@isotherm/enum-words';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { addAccessOptions, apiOption } from './connection.ts';

/** `--data`, the data directory of a platform on this machine; `--data-dir`, as `start` calls it, is the same. */
export function dataOption(): Option {
  return new Option('--data-dir, --data <dir>', 'data directory of the platform')
    .default('.isotherm')
    .env('ISOTHERM_DATA_DIR');
}

/** `--json`. */
export function jsonOption(): Option {
  return new Option('--json', 'JSON instead of a table');
}

/** `--units`. */
export function unitsOption(): Option {
  return new Option('--units <system>', 'metric: °C and m/s; us: °F and mph; fahrenheit: °F and m/s; kelvin: K and m/s')
    .argParser((text) => {
      const system = text.toLowerCase();
      if (system === 'us' || enumNumber(TemperatureUnitSchema, system) !== undefined) return system;
      throw new InvalidArgumentError('Give one of metric, us, celsius, fahrenheit, kelvin.');
    })
    .default('metric')
    .env('ISOTHERM_UNITS');
}

/** What `--units` means. */
export function unitsOf(system: string): Units {
  if (system === 'us') return { temperature: 'FAHRENHEIT', windSpeed: 'MILES_PER_HOUR' };
  const temperature = TemperatureUnit[enumNumber(TemperatureUnitSchema, system) ?? TemperatureUnit.CELSIUS];
  return { temperature: temperature as TemperatureUnitName, windSpeed: 'METERS_PER_SECOND' };
}

/** An option that takes the words of an enum, in any case and as everywhere else; its value is the name in the client. */
export function enumOption(flags: string, description: string, desc: DescEnum): Option {
  const words = enumWords(desc).join(', ');
  return new Option(flags, `${description}: ${words}`).argParser((text) => {
    const number = enumNumber(desc, text);
    const name = number === undefined ? undefined : desc.value[number]?.localName;
    if (name === undefined) throw new InvalidArgumentError(`Give one of ${words}.`);
    return name;
  });
}

/** Adds what every reading command takes. */
export function addReadOptions(command: Command): Command {
  return addAccessOptions(command.addOption(apiOption())).addOption(jsonOption());
}

/** A parser of whole numbers within a range. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
  };
}

/** A parser of points in time: ISO 8601 with its zone, or how long ago, as in `90m`, `6h`, `7d`. */
export function instant(nowMs: () => number): (text: string) => Date {
  return (text) => {
    const ago = /^(\d+(?:\.\d+)?)\s*([smhdw])$/.exec(text);
    const unitMs = { s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7, w: 6.048e8 }[ago?.[2] ?? ''];
    if (ago !== null && unitMs !== undefined) return new Date(nowMs() - Number(ago[1]) * unitMs);
    if (ZONELESS.test(text))
      throw new InvalidArgumentError(`Give the zone of ${text}, as in ${text}Z or ${text}+02:00.`);
    const time = new Date(text);
    if (ZONED.test(text) && !Number.isNaN(time.getTime()) && isDayOfCalendar(text.slice(0, 10))) return time;
    throw new InvalidArgumentError('Give a time as in 2026-05-01T12:00Z, or how long ago, as in 6h or 7d.');
  };
}

/** A parser of points in time and of days of a zone that another flag, or the city, names. */
export function instantOrDay(nowMs: () => number): (text: string) => Date | Day {
  const parse = instant(nowMs);
  return (text) => {
    if (!/^\d{4}-\d\d-\d\d$/.test(text)) return parse(text);
    if (isDayOfCalendar(text)) return text as Day;
    throw new InvalidArgumentError(`${text} is no day of the calendar.`);
  };
}

const ZONELESS = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/;
const ZONED = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** `Date` takes the 30th of February for the 2nd of March. */
function isDayOfCalendar(day: string): boolean {
  const time = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(day);
}
