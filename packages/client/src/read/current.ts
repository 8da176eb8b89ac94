import type {
  CurrentConditions as CurrentMessage,
  RollingValues as RollingMessage,
} from '@isotherm/contracts/forecast/v1/forecast_service';
import { ConsistencySchema } from '@isotherm/contracts/type/v1/consistency';
import { errorFromConnect } from '../errors/from-connect.ts';
import type { ReadToken } from '../ingest/batch-result.ts';
import type { Api } from './api-transport.ts';
import { type CallOptions, connectOptions } from './call-options.ts';
import { type City, cityOf } from './city.ts';
import { enumOf } from './enum-of.ts';
import { dateOf, durationMsOf } from './instants.ts';
import {
  type FormulaName,
  formulaName,
  type QualityName,
  qualityName,
  type RiskName,
  riskName,
  type Units,
  unitsMessage,
  unitsOf,
} from './units.ts';

/** The newest observation of a city and what follows from it, in `units`. Undefined: not known, never 0. */
export interface CurrentConditions {
  readonly city: City;
  readonly observeTime: Date;
  /** How old the observation was when the answer was made, in ms. */
  readonly ageMs: number;
  readonly units: Units;
  readonly temperature: number | undefined;
  readonly relativeHumidityPercent: number | undefined;
  readonly windSpeed: number | undefined;
  readonly heatIndex: number | undefined;
  readonly heatIndexFormula: FormulaName;
  readonly risk: RiskName;
  /** Where defined: up to 10 °C, wind above 3 mph. */
  readonly windChill: number | undefined;
  /** Wind chill, heat index or temperature, whichever applies. */
  readonly apparentTemperature: number | undefined;
  readonly dewPoint: number | undefined;
  readonly quality: QualityName;
  /** Windows of 5 min, 1 h and 24 h that end at the newest minute. */
  readonly rolling: readonly RollingValues[];
  readonly partition: number;
  /** Offset of the log that the answer reflects. */
  readonly asOfOffset: bigint;
  /** Whether the observations are demo data. */
  readonly demo: boolean;
  /** Observations of the city so far. */
  readonly observations: number;
}

/** Aggregates of a window, both ends included. */
export interface RollingValues {
  readonly windowMs: number;
  readonly count: number;
  readonly heatIndexMean: number | undefined;
  readonly heatIndexMin: number | undefined;
  readonly heatIndexMax: number | undefined;
  readonly temperatureMean: number | undefined;
  readonly temperatureMin: number | undefined;
  readonly temperatureMax: number | undefined;
  readonly relativeHumidityMean: number | undefined;
  readonly windSpeedMean: number | undefined;
  readonly windSpeedMax: number | undefined;
  readonly cautionMinutes: number;
  readonly dangerMinutes: number;
}

/** What a read of current values may ask for. */
export interface CurrentOptions extends CallOptions {
  /** Default °C and m/s. */
  readonly units?: Partial<Units>;
  /** From a send: the answer sees that batch, or the call fails with DEADLINE_EXCEEDED. */
  readonly readToken?: ReadToken;
  /** STRONG sees everything acked before the call. Default EVENTUAL. */
  readonly consistency?: 'EVENTUAL' | 'STRONG';
}

/** Cities found, in the order asked, and those without any observation. */
export interface CurrentAnswer {
  readonly conditions: readonly CurrentConditions[];
  readonly unknownCities: readonly string[];
}

/** Reads current values of cities by id or name. */
export async function readCurrent(
  api: Api,
  cities: readonly string[],
  options: CurrentOptions,
): Promise<CurrentAnswer> {
  const { readToken } = options;
  try {
    const answer = await api.forecasts.getCurrent(
      {
        cities: [...cities],
        units: unitsMessage(options.units),
        consistency: enumOf(ConsistencySchema, 'consistency', options.consistency ?? 'EVENTUAL'),
        ...(readToken && { readToken: tokenMessage(readToken) }),
      },
      connectOptions(options),
    );
    return { conditions: answer.conditions.map(currentOf), unknownCities: answer.unknownCities };
  } catch (error) {
    throw errorFromConnect(error, api.target);
  }
}

/** A token for a request. */
export function tokenMessage({ incarnation, partitions, offsets }: ReadToken) {
  return { incarnation, partitions: [...partitions], offsets: [...offsets] };
}

function currentOf(message: CurrentMessage): CurrentConditions {
  return {
    city: cityOf(message.city),
    observeTime: dateOf(message.observeTime),
    ageMs: durationMsOf(message.age),
    units: unitsOf(message.units),
    temperature: message.temperature,
    relativeHumidityPercent: message.relativeHumidityPercent,
    windSpeed: message.windSpeed,
    heatIndex: message.heatIndex,
    heatIndexFormula: formulaName(message.heatIndexFormula),
    risk: riskName(message.risk),
    windChill: message.windChill,
    apparentTemperature: message.apparentTemperature,
    dewPoint: message.dewPoint,
    quality: qualityName(message.quality),
    rolling: message.rolling.map(rollingOf),
    partition: message.partition,
    asOfOffset: message.asOfOffset,
    demo: message.demo,
    observations: Number(message.observations),
  };
}

function rollingOf(message: RollingMessage): RollingValues {
  return {
    windowMs: durationMsOf(message.window),
    count: Number(message.count),
    heatIndexMean: message.heatIndexMean,
    heatIndexMin: message.heatIndexMin,
    heatIndexMax: message.heatIndexMax,
    temperatureMean: message.temperatureMean,
    temperatureMin: message.temperatureMin,
    temperatureMax: message.temperatureMax,
    relativeHumidityMean: message.relativeHumidityMean,
    windSpeedMean: message.windSpeedMean,
    windSpeedMax: message.windSpeedMax,
    cautionMinutes: message.cautionMinutes,
    dangerMinutes: message.dangerMinutes,
  };
}
