import { create } from '@bufbuild/protobuf';
import { type Timestamp, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { SpeedUnit, TemperatureUnit, type Units, UnitsSchema } from '@isotherm/contracts/type/v1/weather';
import { invalidRequest } from '../rpc/validation.ts';

const TEMPERATURE_UNITS: Readonly<Record<string, TemperatureUnit>> = {
  celsius: TemperatureUnit.CELSIUS,
  c: TemperatureUnit.CELSIUS,
  metric: TemperatureUnit.CELSIUS,
  fahrenheit: TemperatureUnit.FAHRENHEIT,
  f: TemperatureUnit.FAHRENHEIT,
  kelvin: TemperatureUnit.KELVIN,
  k: TemperatureUnit.KELVIN,
};

const SPEED_UNITS: Readonly<Record<string, SpeedUnit>> = {
  mps: SpeedUnit.METERS_PER_SECOND,
  'm/s': SpeedUnit.METERS_PER_SECOND,
  kmh: SpeedUnit.KILOMETERS_PER_HOUR,
  'km/h': SpeedUnit.KILOMETERS_PER_HOUR,
  mph: SpeedUnit.MILES_PER_HOUR,
  knots: SpeedUnit.KNOTS,
  kn: SpeedUnit.KNOTS,
};

/** An instant with its zone, or a day (its beginning in UTC). */
const INSTANT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** Parameters of a URL, read with their rules; a name or value that means nothing is an error, never ignored. */
export interface QueryParameters {
  text(name: string): string;
  /** One of the words; undefined if it is not given. */
  choice<Value>(name: string, words: Readonly<Record<string, Value>>): Value | undefined;
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

  return {
    text,
    choice,
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
        temperature: choice('units', TEMPERATURE_UNITS) ?? TemperatureUnit.CELSIUS,
        windSpeed: choice('wind', SPEED_UNITS) ?? SpeedUnit.METERS_PER_SECOND,
      }),
  };
}

function refuse(field: string, description: string): Error {
  return invalidRequest([{ field, description }]);
}
