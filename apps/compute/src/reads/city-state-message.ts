import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type AggregateSchema,
  type CityState,
  CityStateSchema,
  type ForecastPointSchema,
  type RollingWindowSchema,
} from '@isotherm/contracts/compute/v1/compute_service';
import { HeatIndexFormula } from '@isotherm/contracts/type/v1/weather';
import type { MetricAggregate, RollingSnapshot } from '@isotherm/domain';
import type { ForecastPoint } from '@isotherm/forecast';
import type { HeldPartition } from '../partition/held-partition.ts';

/** Windows served, in minutes. */
const ROLLING_MINUTES = [5, 60, 1440] as const;

/** Leads served, in hours. */
const LEAD_HOURS = Array.from({ length: 24 }, (_, index) => index + 1);

/** What a caller wants to know besides the newest observation. */
export interface CityStateParts {
  readonly rolling: boolean;
  readonly forecast: boolean;
  /** Age of the oldest record that a follower has not applied; undefined: the owner answers. */
  readonly stalenessSeconds: number | undefined;
}

/** A city's state as a message. */
export function cityStateMessage(held: HeldPartition, slot: number, parts: CityStateParts): CityState {
  const { state, forecaster } = held;
  const city = state.snapshot(slot);
  const message = create(CityStateSchema, {
    cityId: city.cityId,
    partition: state.partition,
    asOfOffset: BigInt(Math.max(0, state.appliedOffset - 1)),
    logTimeUnixMs: toInteger(state.logTimeMs),
    observedUnixMs: toInteger(city.observedMs),
    watermarkUnixMs: toInteger(city.watermarkMs),
    formula: HeatIndexFormula[state.settings.formula],
    quality: city.quality,
    observations: BigInt(city.observations),
    ...present('stalenessSeconds', parts.stalenessSeconds),
    ...present('temperatureCelsius', city.temperatureCelsius),
    ...present('relativeHumidityPercent', city.humidityPercent),
    ...present('windSpeedMps', city.windMps),
    ...present('heatIndexCelsius', city.heatIndexCelsius),
  });
  if (parts.rolling) {
    const rolling = ROLLING_MINUTES.map((minutes) => rollingInit(state.rolling(slot, minutes)));
    message.rolling = create(CityStateSchema, { rolling }).rolling;
  }
  if (parts.forecast) {
    const forecast = forecaster.forecast(slot, LEAD_HOURS, state.settings.formula).map(forecastInit);
    message.forecast = create(CityStateSchema, { forecast }).forecast;
    message.issuedUnixMs = toInteger(forecaster.issuedMs(slot));
  }
  return message;
}

function rollingInit(window: RollingSnapshot): MessageInitShape<typeof RollingWindowSchema> {
  return {
    minutes: window.minutes,
    count: BigInt(window.count),
    riskMinutes: [...window.riskMinutes],
    ...aggregateInit('heatIndexCelsius', window.heatIndex),
    ...aggregateInit('temperatureCelsius', window.temperature),
    ...aggregateInit('relativeHumidityPercent', window.humidity),
    ...aggregateInit('windSpeedMps', window.wind),
  };
}

function aggregateInit<Name extends string>(
  name: Name,
  { count, mean, min, max }: MetricAggregate,
): { [K in Name]?: MessageInitShape<typeof AggregateSchema> } {
  return count === 0
    ? {}
    : ({ [name]: { mean, min, max } } as { [K in Name]: { mean: number; min: number; max: number } });
}

function forecastInit(point: ForecastPoint): MessageInitShape<typeof ForecastPointSchema> {
  return {
    leadHours: point.leadHours,
    validUnixMs: toInteger(point.validMs),
    temperatureCelsius: point.temperatureCelsius,
    temperatureLowCelsius: point.lowCelsius,
    temperatureHighCelsius: point.highCelsius,
    model: point.model,
    intervalLevel: point.level,
    ...present('heatIndexCelsius', point.heatIndexCelsius),
    ...present('meanAbsoluteErrorCelsius', point.maeCelsius),
    ...present('skill', point.skill),
  };
}

function present<Name extends string>(name: Name, value: number | undefined): { [K in Name]?: number } {
  return value === undefined || Number.isNaN(value) ? {} : ({ [name]: value } as { [K in Name]: number });
}

function toInteger(value: number | undefined): bigint {
  return value === undefined || !Number.isFinite(value) ? 0n : BigInt(Math.floor(value));
}
