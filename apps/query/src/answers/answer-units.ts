import { create } from '@bufbuild/protobuf';
import { SpeedUnit, TemperatureUnit, type Units, UnitsSchema } from '@isotherm/contracts/type/v1/weather';
import { speedIn, temperatureDifferenceIn, temperatureIn } from '@isotherm/domain';

/** Converts what the platform keeps (°C, m/s) into the units a caller wants. NaN and undefined become undefined: missing is never 0. */
export interface AnswerUnits {
  /** The units, echoed with the answer. */
  readonly echo: Units;
  temperature(celsius: number | undefined): number | undefined;
  /** A difference of temperatures, as an error. */
  difference(celsius: number | undefined): number | undefined;
  speed(mps: number | undefined): number | undefined;
}

/** Units wanted, with °C and m/s where none are named. */
export function answerUnits(wanted: Units | undefined): AnswerUnits {
  const temperature = wanted?.temperature || TemperatureUnit.CELSIUS;
  const windSpeed = wanted?.windSpeed || SpeedUnit.METERS_PER_SECOND;
  return {
    echo: create(UnitsSchema, { temperature, windSpeed }),
    temperature: (celsius) => known(celsius, (value) => temperatureIn(value, temperature)),
    difference: (celsius) => known(celsius, (value) => temperatureDifferenceIn(value, temperature)),
    speed: (mps) => known(mps, (value) => speedIn(value, windSpeed)),
  };
}

/** A field of a message, left out where there is no value. */
export function field<Name extends string>(name: Name, value: number | undefined): { readonly [K in Name]?: number } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [K in Name]?: number });
}

function known(value: number | undefined, convert: (value: number) => number): number | undefined {
  return value === undefined || Number.isNaN(value) ? undefined : convert(value);
}
