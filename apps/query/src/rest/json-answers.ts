import { type Timestamp, timestampMs } from '@bufbuild/protobuf/wkt';
import type { City } from '@isotherm/contracts/city/v1/city_service';
import type { CurrentConditions, GetForecastResponse } from '@isotherm/contracts/forecast/v1/forecast_service';
import {
  HeatIndexFormula,
  QualityFlagSchema,
  RiskLevelSchema,
  SpeedUnitSchema,
  TemperatureUnitSchema,
  type Units,
} from '@isotherm/contracts/type/v1/weather';
import { enumWord } from '@isotherm/enum-words';

/** Hundredths: what sensors know, and what a person reads. Exact values come over RPC. */
const DECIMALS = 2;

/** A value of an answer for people; missing is null, never 0. */
export function rounded(value: number | undefined, decimals = DECIMALS): number | null {
  return value === undefined || Number.isNaN(value) ? null : Number(value.toFixed(decimals));
}

/** An instant as ISO 8601 in UTC; null where there is none. */
export function instant(at: Timestamp | undefined): string | null {
  return at === undefined ? null : new Date(timestampMs(at)).toISOString();
}

/** A city as JSON. */
export function cityJson(city: City | undefined) {
  if (city === undefined) return null;
  return {
    city_id: city.cityId,
    name: city.name,
    country: city.country,
    country_code: city.countryCode,
    admin1: city.admin1,
    latitude: city.latitude ?? null,
    longitude: city.longitude ?? null,
    population: Number(city.population),
    time_zone: city.timeZone,
  };
}

/** Units as JSON. */
export function unitsJson(units: Units | undefined) {
  return {
    temperature: enumWord(TemperatureUnitSchema, units?.temperature ?? 0),
    wind_speed: enumWord(SpeedUnitSchema, units?.windSpeed ?? 0),
  };
}

/** A formula's name, `NWS`. */
export function formulaName(formula: HeatIndexFormula): string {
  return HeatIndexFormula[formula];
}

/** Current conditions as JSON. */
export function currentJson(conditions: CurrentConditions) {
  return {
    city: cityJson(conditions.city),
    observe_time: instant(conditions.observeTime),
    local_time: localTime(conditions.observeTime, conditions.city?.timeZone),
    age_seconds: seconds(conditions.age),
    units: unitsJson(conditions.units),
    temperature: rounded(conditions.temperature),
    relative_humidity_percent: rounded(conditions.relativeHumidityPercent),
    wind_speed: rounded(conditions.windSpeed),
    heat_index: rounded(conditions.heatIndex),
    heat_index_formula: formulaName(conditions.heatIndexFormula),
    apparent_temperature: rounded(conditions.apparentTemperature),
    wind_chill: rounded(conditions.windChill),
    dew_point: rounded(conditions.dewPoint),
    risk: enumWord(RiskLevelSchema, conditions.risk),
    quality: enumWord(QualityFlagSchema, conditions.quality),
    rolling: conditions.rolling.map((values) => ({
      window_seconds: seconds(values.window),
      count: Number(values.count),
      heat_index_mean: rounded(values.heatIndexMean),
      heat_index_min: rounded(values.heatIndexMin),
      heat_index_max: rounded(values.heatIndexMax),
      temperature_mean: rounded(values.temperatureMean),
      temperature_min: rounded(values.temperatureMin),
      temperature_max: rounded(values.temperatureMax),
      relative_humidity_mean: rounded(values.relativeHumidityMean),
      wind_speed_mean: rounded(values.windSpeedMean),
      wind_speed_max: rounded(values.windSpeedMax),
      caution_minutes: values.cautionMinutes,
      danger_minutes: values.dangerMinutes,
    })),
    observations: Number(conditions.observations),
    partition: conditions.partition,
    as_of_offset: Number(conditions.asOfOffset),
    demo: conditions.demo,
  };
}

/** A forecast as JSON. */
export function forecastJson(forecast: GetForecastResponse) {
  const zone = forecast.city?.timeZone;
  return {
    city: cityJson(forecast.city),
    issue_time: instant(forecast.issueTime),
    units: unitsJson(forecast.units),
    heat_index_formula: formulaName(forecast.heatIndexFormula),
    points: forecast.points.map((point) => ({
      lead_hours: seconds(point.lead) / 3600,
      valid_time: instant(point.validTime),
      local_time: localTime(point.validTime, zone),
      temperature: rounded(point.temperature),
      temperature_low: rounded(point.temperatureInterval?.low),
      temperature_high: rounded(point.temperatureInterval?.high),
      interval_level: rounded(point.temperatureInterval?.level, 4),
      heat_index: rounded(point.heatIndex),
      model: point.model,
      mean_absolute_error: rounded(point.meanAbsoluteError),
      skill: rounded(point.skill, 4),
    })),
    as_of_offset: Number(forecast.asOfOffset),
    demo: forecast.demo,
  };
}

/** A duration in seconds, to the millisecond. */
function seconds(duration: { readonly seconds: bigint; readonly nanos: number } | undefined): number {
  if (duration === undefined) return 0;
  return Math.round(Number(duration.seconds) * 1000 + duration.nanos / 1e6) / 1000;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** The instant on the city's clock with its offset, `2026-03-29T03:00:00+02:00`. */
export function localTime(at: Timestamp | undefined, timeZone: string | undefined): string | null {
  if (at === undefined) return null;
  const zone = timeZone === undefined || timeZone === '' ? 'UTC' : timeZone;
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: zone,
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    formats.set(zone, format);
  }
  const ms = timestampMs(at);
  const wall = format.format(ms).replace(' ', 'T');
  const offsetMinutes = Math.round((Date.parse(`${wall}Z`) - Math.floor(ms / 1000) * 1000) / 60_000);
  const sign = offsetMinutes < 0 ? '-' : '+';
  const two = (value: number) => String(value).padStart(2, '0');
  const size = Math.abs(offsetMinutes);
  return `${wall}${sign}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
