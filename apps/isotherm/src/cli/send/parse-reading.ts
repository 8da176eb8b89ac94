import type { Observation } from '@isotherm/client';
import { CliError } from '../cli-error.ts';
import { splitLine } from './csv-line.ts';

/** Columns a file must have, in any order. Further ones are ignored. */
export const COLUMNS = ['city', 'reading_at', 'temperature_c', 'humidity_pct', 'wind_speed_ms'] as const;

/** Where each column stands. */
export interface Header {
  readonly width: number;
  readonly at: Readonly<Record<(typeof COLUMNS)[number], number>>;
}

/** A line, understood or not. */
export type ParsedLine =
  | { readonly kind: 'reading'; readonly observation: Observation; readonly timeMs: number }
  | { readonly kind: 'problem'; readonly reason: string };

/** Reads the first line. @throws CliError that names the columns expected. */
export function parseHeader(line: string, file: string): Header {
  const names = (splitLine(line) ?? []).map((name) => name.trim().toLowerCase());
  const missing = COLUMNS.filter((column) => !names.includes(column));
  const twice = COLUMNS.filter((column) => names.indexOf(column) !== names.lastIndexOf(column));
  if (missing.length === 0 && twice.length === 0) {
    const at = Object.fromEntries(COLUMNS.map((column) => [column, names.indexOf(column)])) as Header['at'];
    return { width: names.length, at };
  }
  const found = line.length > 120 ? `${line.slice(0, 120)}…` : line;
  const fault = missing.length > 0 ? `lacks ${missing.join(', ')}` : `names ${twice.join(', ')} twice`;
  throw new CliError(
    `The header of ${file} ${fault}. Expected the columns ${COLUMNS.join(',')} in any order, separated by commas; found '${found}'.`,
  );
}

/** Reads a line after the first. Values that cannot be are sent all the same: the platform says what it rejects. */
export function parseReading(line: string, header: Header): ParsedLine {
  const fields = splitLine(line);
  if (fields === undefined) return problem('a quote is not closed');
  if (fields.length !== header.width) return problem(`${fields.length} columns instead of ${header.width}`);
  const { at } = header;
  const cityId = (fields[at.city] ?? '').trim();
  const readingAt = (fields[at.reading_at] ?? '').trim();
  const timeMs = parseTime(readingAt);
  if (timeMs === undefined) return problem(`reading_at '${readingAt}' is no time; write 2013-01-01T06:00:00Z`);
  const values: Partial<Record<'temperature_c' | 'humidity_pct' | 'wind_speed_ms', number>> = {};
  for (const column of ['temperature_c', 'humidity_pct', 'wind_speed_ms'] as const) {
    const text = (fields[at[column]] ?? '').trim();
    if (text === '') continue;
    if (!NUMBER.test(text))
      return problem(`${column} '${text}' is no number; leave it empty where nothing was measured`);
    values[column] = Number(text);
  }
  return {
    kind: 'reading',
    timeMs,
    observation: {
      cityId,
      observeTime: timeMs,
      temperatureCelsius: values.temperature_c,
      relativeHumidityPercent: values.humidity_pct,
      windSpeedMps: values.wind_speed_ms,
    },
  };
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const TIME = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?$/i;

/** Milliseconds since the epoch; a time without a zone is UTC. Undefined for what is no time, as 30 February. */
function parseTime(text: string): number | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = match;
  const parts = [Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)] as const;
  const date = new Date(Date.UTC(...parts, Number(fraction.padEnd(3, '0').slice(0, 3))));
  if (parts[0] < 100) date.setUTCFullYear(parts[0]);
  const read = [date.getUTCMonth(), date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  if (read.some((value, index) => value !== parts[index + 1])) return undefined;
  return date.getTime() - zoneMinutes(zone) * 60_000;
}

function zoneMinutes(zone: string): number {
  const match = /^([+-])(\d\d):?(\d\d)$/.exec(zone);
  if (match === null) return 0;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]));
}

function problem(reason: string): ParsedLine {
  return { kind: 'problem', reason };
}
