import type { ForecastPoint as PointMessage } from '@isotherm/contracts/forecast/v1/forecast_service';
import { errorFromConnect } from '../errors/from-connect.ts';
import type { Api } from './api-transport.ts';
import { type CallOptions, connectOptions } from './call-options.ts';
import { type City, cityOf } from './city.ts';
import { dateOf, durationMsOf } from './instants.ts';
import { type FormulaName, formulaName, type Units, unitsMessage, unitsOf } from './units.ts';

/** A forecast of hourly means, in `units`. */
export interface Forecast {
  readonly city: City;
  /** The end of the last complete hour. */
  readonly issueTime: Date;
  readonly units: Units;
  readonly heatIndexFormula: FormulaName;
  /** Hours ahead, ascending. */
  readonly points: readonly ForecastPoint[];
  readonly asOfOffset: bigint;
  readonly demo: boolean;
}

/** The forecast of one hour's mean. */
export interface ForecastPoint {
  /** From issue to the start of that hour, in ms. */
  readonly leadMs: number;
  readonly validTime: Date;
  readonly temperature: number;
  /** Meant to cover the share `level` of outcomes. */
  readonly interval: { readonly low: number; readonly high: number; readonly level: number } | undefined;
  readonly heatIndex: number | undefined;
  /** Model chosen for this city and lead by its trailing error. */
  readonly model: string;
  readonly meanAbsoluteError: number | undefined;
  /** 1 − error / error of persistence. */
  readonly skill: number | undefined;
}

/** What a read of a forecast may ask for. */
export interface ForecastOptions extends CallOptions {
  /** Default °C and m/s. */
  readonly units?: Partial<Units>;
  /** Hours ahead, 1 to 24. Default 24. */
  readonly hours?: number;
}

/** Reads the forecast of a city by id or name. */
export async function readForecast(api: Api, city: string, options: ForecastOptions): Promise<Forecast> {
  try {
    const request = { city, units: unitsMessage(options.units), hours: options.hours ?? 0 };
    const answer = await api.forecasts.getForecast(request, connectOptions(options));
    return {
      city: cityOf(answer.city),
      issueTime: dateOf(answer.issueTime),
      units: unitsOf(answer.units),
      heatIndexFormula: formulaName(answer.heatIndexFormula),
      points: answer.points.map(pointOf),
      asOfOffset: answer.asOfOffset,
      demo: answer.demo,
    };
  } catch (error) {
    throw errorFromConnect(error, api.target);
  }
}

function pointOf(message: PointMessage): ForecastPoint {
  const interval = message.temperatureInterval;
  return {
    leadMs: durationMsOf(message.lead),
    validTime: dateOf(message.validTime),
    temperature: message.temperature,
    interval: interval && { low: interval.low, high: interval.high, level: interval.level },
    heatIndex: message.heatIndex,
    model: message.model,
    meanAbsoluteError: message.meanAbsoluteError,
    skill: message.skill,
  };
}
