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
import { invalidRequest } from '../rpc/validation.ts';

/** An instant with its zone, or a day (its beginning in UTC). */
const INSTANT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;

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
  instant(name: string): Timestamp | undefined;
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
      const given = text(name);
      if (given === '') return undefined;
      // A plus sign in a URL that was not escaped arrives as a space.
      const ms = INSTANT.test(given.replace(' ', '+')) ? Date.parse(given.replace(' ', '+')) : Number.NaN;
      if (Number.isNaN(ms)) {
        throw refuse(
          name,
          `must be a time like 2026-03-01T12:00:00Z or a day like 2026-03-01, not ${JSON.stringify(given)}`,
        );
      }
      return timestampFromMs(ms);
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
