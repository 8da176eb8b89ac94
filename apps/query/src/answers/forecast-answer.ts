import { create } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { City } from '@isotherm/catalogue';
import type { CityState, ForecastPoint as StatePoint } from '@isotherm/contracts/compute/v1/compute_service';
import {
  type ForecastPoint,
  ForecastPointSchema,
  type GetForecastResponse,
  GetForecastResponseSchema,
} from '@isotherm/contracts/forecast/v1/forecast_service';
import { HeatIndexFormula } from '@isotherm/contracts/type/v1/weather';
import type { HeatIndexFormulaName } from '@isotherm/domain';
import { cityMessage } from '../cities/city-message.ts';
import { type AnswerUnits, field } from './answer-units.ts';

const HOUR_MS = 3_600_000;

/** A city's forecast, at most `hours` ahead. */
export function forecastAnswer(
  found: { readonly city: City; readonly state: CityState },
  options: {
    readonly units: AnswerUnits;
    readonly hours: number;
    readonly formula: HeatIndexFormulaName;
    readonly demo: boolean;
  },
): GetForecastResponse {
  const { state } = found;
  return create(GetForecastResponseSchema, {
    city: cityMessage(found.city),
    issueTime: timestampFromMs(Number(state.issuedUnixMs)),
    units: options.units.echo,
    heatIndexFormula: state.formula || HeatIndexFormula[options.formula],
    points: state.forecast
      .filter(({ leadHours }) => leadHours <= options.hours)
      .map((point) => forecastPoint(point, options.units)),
    asOfOffset: state.asOfOffset,
    demo: options.demo,
  });
}

function forecastPoint(point: StatePoint, units: AnswerUnits): ForecastPoint {
  return create(ForecastPointSchema, {
    lead: durationFromMs(point.leadHours * HOUR_MS),
    validTime: timestampFromMs(Number(point.validUnixMs)),
    // The contract has no forecast without temperature, so none of these three is missing.
    temperature: units.temperature(point.temperatureCelsius) ?? Number.NaN,
    temperatureInterval: {
      low: units.temperature(point.temperatureLowCelsius) ?? Number.NaN,
      high: units.temperature(point.temperatureHighCelsius) ?? Number.NaN,
      level: point.intervalLevel,
    },
    model: point.model,
    ...field('heatIndex', units.temperature(point.heatIndexCelsius)),
    ...field('meanAbsoluteError', units.difference(point.meanAbsoluteErrorCelsius)),
    ...field('skill', point.skill),
  });
}
