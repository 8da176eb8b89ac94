import { create, type DescEnum } from '@bufbuild/protobuf';
import { type Timestamp, timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  SpeedUnit,
  SpeedUnitSchema,
  TemperatureUnit,
  TemperatureUnitSchema,
  type Units,
  UnitsSchema,
} from '@isotherm/contracts/type/v1/weather';
import { enumNumber, notAWord } from '@isotherm/enum-words';
import { isCalendarDay } from '../rpc/instant-text.ts';
import { invalidRequest } from '../rpc/validation.ts';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** A day and a time of it, with or without the zone. */
const TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?/i;
const ZONED = new RegExp(`${TIME.source}(Z|[+-]\\d{2}:\\d{2})$`, 'i');

/** Parameters of a URL, read with their rules; a name or value that means nothing is an error, never ignored. */
export interface QueryParameters {
  text(name: string): string;
  /** One of the words; undefined if it is not given. */
  choice<Value>(name: string, words: Readonly<Record<string, Value>>): Value | undefined;
  /** A value of an enum by one of its words; undefined if it is not given. */
  enumValue(name: string, desc: DescEnum): number | undefined;
  /** A whole number of at least 0; 0 if it is not given. */
  count(name: string): number;
  /** A number; undefined if it is not given. */
  number(name: string): number | undefined;
  /** A time with its zone. */
  instant(name: string): Timestamp | undefined;
  /** A time with its zone, or a day of a zone that the parameter does not name. */
  instantOrDay(name: string): { readonly time?: Timestamp; readonly date?: string };
  /** `units` and `wind`. */
  units(): Units;
}

/** Reads the parameters of a URL. @throws REQUEST_INVALID for one that is not among `allowed`, or given twice. */
export function queryParameters(search: URLSearchParams, allowed: readonly string[]): QueryParameters {
  for (const name of new Set(search.keys())) {
    if (!allowed.includes(name)) throw refuse(name, `is not a parameter here; these are: ${allowed.join(', ')}`);
    if (search.getAll(name).length > 1) throw refuse(name, 'is given more than once');
  }
  const text = (name: string) => search.get(name) ?? '';

  function choice<Value>(name: string, words: Readonly<Record<string, Value>>): Value | undefined {
    const word = text(name).toLowerCase();
    if (word === '') return undefined;
    if (!Object.hasOwn(words, word))
      throw refuse(name, `must be one of ${Object.keys(words).join(', ')}, not ${JSON.stringify(word)}`);
    return words[word];
  }

  function enumValue(name: string, desc: DescEnum): number | undefined {
    const word = text(name);
    if (word === '') return undefined;
    const number = enumNumber(desc, word);
    if (number === undefined) throw refuse(name, notAWord(desc, word));
    return number;
  }

  function instantOf(name: string, allowed: string): Timestamp | undefined {
    const given = text(name);
    if (given === '') return undefined;
    // A plus sign in a URL that was not escaped arrives as a space.
    const escaped = given.replace(/ (\d{2}:\d{2})$/, '+$1');
    const ms = ZONED.test(escaped) && isCalendarDay(escaped) ? Date.parse(escaped) : Number.NaN;
    if (!Number.isNaN(ms)) return timestampFromMs(ms);
    const zoneless = TIME.test(given) && !ZONED.test(escaped) ? `, and ${JSON.stringify(given)} has no zone` : '';
    throw refuse(name, `must be ${allowed}${zoneless === '' ? `, not ${JSON.stringify(given)}` : zoneless}`);
  }

  return {
    text,
    choice,
    enumValue,
    count(name) {
      const given = text(name);
      if (given !== '' && !/^\d{1,9}$/.test(given))
        throw refuse(name, `must be a whole number, not ${JSON.stringify(given)}`);
      return Number(given);
    },
    number(name) {
      const given = text(name);
      if (given === '') return undefined;
      const value = Number(given);
      if (!Number.isFinite(value) || given.trim() !== given)
        throw refuse(name, `must be a number, not ${JSON.stringify(given)}`);
      return value;
    },
    instant(name) {
      return instantOf(name, 'a time with its zone, like 2026-03-01T12:00:00Z');
    },
    instantOrDay(name) {
      const given = text(name);
      if (DAY.test(given) && isCalendarDay(given)) return { date: given };
      const time = instantOf(name, 'a time with its zone, like 2026-03-01T12:00:00Z, or a day, like 2026-03-01');
      return time === undefined ? {} : { time };
    },
    units: () =>
      create(UnitsSchema, {
        temperature: enumValue('units', TemperatureUnitSchema) ?? TemperatureUnit.CELSIUS,
        windSpeed: enumValue('wind', SpeedUnitSchema) ?? SpeedUnit.METERS_PER_SECOND,
      }),
  };
}

function refuse(field: string, description: string): Error {
  return invalidRequest([{ field, description }]);
}
