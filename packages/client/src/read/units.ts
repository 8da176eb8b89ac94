import {
  HeatIndexFormula,
  QualityFlag,
  RiskLevel,
  SpeedUnit,
  SpeedUnitSchema,
  TemperatureUnit,
  TemperatureUnitSchema,
  type Units as UnitsMessage,
} from '@isotherm/contracts/type/v1/weather';
import { enumOf } from './enum-of.ts';

/** Unit of temperatures, heat index, dew point and wind chill. */
export type TemperatureUnitName = 'CELSIUS' | 'FAHRENHEIT' | 'KELVIN';
/** Unit of wind speeds. */
export type SpeedUnitName = 'METERS_PER_SECOND' | 'KILOMETERS_PER_HOUR' | 'MILES_PER_HOUR' | 'KNOTS';
/** Formula of a heat index. */
export type FormulaName = 'NWS' | 'ROTHFUSZ' | 'UNSPECIFIED';
/** Heat risk of the US National Weather Service. */
export type RiskName = 'NONE' | 'CAUTION' | 'EXTREME_CAUTION' | 'DANGER' | 'EXTREME_DANGER' | 'UNSPECIFIED';
/** Quality of an observation, NOAA MADIS. */
export type QualityName =
  | 'NO_CHECK'
  | 'COARSE_PASS'
  | 'SCREENED'
  | 'VERIFIED'
  | 'QUESTIONED'
  | 'FAILED'
  | 'UNSPECIFIED';

/** Units of an answer, echoed with it. */
export interface Units {
  readonly temperature: TemperatureUnitName;
  readonly windSpeed: SpeedUnitName;
}

/** Units wanted, for a request. */
export function unitsMessage(units: Partial<Units> | undefined) {
  return {
    temperature:
      units?.temperature === undefined ? 0 : enumOf(TemperatureUnitSchema, 'units.temperature', units.temperature),
    windSpeed: units?.windSpeed === undefined ? 0 : enumOf(SpeedUnitSchema, 'units.wind_speed', units.windSpeed),
  };
}

/** Units of an answer; what the platform leaves open is its default. */
export function unitsOf(message: UnitsMessage | undefined): Units {
  const temperature = TemperatureUnit[message?.temperature || TemperatureUnit.CELSIUS];
  const windSpeed = SpeedUnit[message?.windSpeed || SpeedUnit.METERS_PER_SECOND];
  return { temperature: temperature as TemperatureUnitName, windSpeed: windSpeed as SpeedUnitName };
}

/** Name of a formula's number. */
export const formulaName = (formula: HeatIndexFormula) => (HeatIndexFormula[formula] ?? 'UNSPECIFIED') as FormulaName;

/** Name of a risk's number. */
export const riskName = (risk: RiskLevel) => (RiskLevel[risk] ?? 'UNSPECIFIED') as RiskName;

/** Name of a quality flag's number. */
export const qualityName = (quality: QualityFlag) => (QualityFlag[quality] ?? 'UNSPECIFIED') as QualityName;
