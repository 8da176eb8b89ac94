import { create } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { City } from '@isotherm/catalogue';
import type { CityState, RollingWindow } from '@isotherm/contracts/compute/v1/compute_service';
import {
  type CurrentConditions,
  CurrentConditionsSchema,
  type RollingValues,
  RollingValuesSchema,
} from '@isotherm/contracts/forecast/v1/forecast_service';
import { HeatIndexFormula, RiskLevel } from '@isotherm/contracts/type/v1/weather';
import {
  apparentTemperatureCelsius,
  dewPointCelsius,
  type HeatIndexFormulaName,
  heatIndexCelsius,
  riskLevel,
  windChillCelsius,
} from '@isotherm/domain';
import { cityMessage } from '../cities/city-message.ts';
import { type AnswerUnits, field } from './answer-units.ts';
import { enclosing } from './extremes.ts';

/** Positions in RollingWindow.risk_minutes. */
const CAUTION = 0;
const DANGER = 2;

/** Current conditions of a city, and what follows from them. */
export function currentConditions(
  found: { readonly city: City; readonly state: CityState },
  options: {
    readonly units: AnswerUnits;
    readonly nowMs: number;
    readonly formula: HeatIndexFormulaName;
    readonly demo: boolean;
  },
): CurrentConditions {
  const { state } = found;
  const { units } = options;
  const observedMs = Number(state.observedUnixMs);
  const tempCelsius = state.temperatureCelsius ?? Number.NaN;
  const humidityPercent = state.relativeHumidityPercent ?? Number.NaN;
  const windMps = state.windSpeedMps ?? Number.NaN;
  const formulaNumber = state.formula || HeatIndexFormula[options.formula];
  const kernel = heatIndexCelsius(formulaNumber === HeatIndexFormula.ROTHFUSZ ? 'ROTHFUSZ' : 'NWS');
  const feels = apparentTemperatureCelsius(kernel, { tempCelsius, humidityPercent, windMps });
  return create(CurrentConditionsSchema, {
    city: cityMessage(found.city),
    observeTime: timestampFromMs(observedMs),
    age: durationFromMs(Math.max(0, options.nowMs - observedMs)),
    units: units.echo,
    heatIndexFormula: formulaNumber,
    risk: state.heatIndexCelsius === undefined ? RiskLevel.UNSPECIFIED : riskLevel(state.heatIndexCelsius),
    quality: state.quality,
    rolling: state.rolling.map((window) => rollingValues(window, units)),
    partition: state.partition,
    asOfOffset: state.asOfOffset,
    demo: options.demo,
    observations: state.observations,
    ...field('temperature', units.temperature(state.temperatureCelsius)),
    ...field('relativeHumidityPercent', state.relativeHumidityPercent),
    ...field('windSpeed', units.speed(state.windSpeedMps)),
    ...field('heatIndex', units.temperature(state.heatIndexCelsius)),
    ...field('windChill', units.temperature(windChillCelsius(tempCelsius, windMps))),
    ...field('apparentTemperature', units.temperature(feels)),
    ...field('dewPoint', units.temperature(dewPointCelsius(tempCelsius, humidityPercent))),
  });
}

function rollingValues(window: RollingWindow, units: AnswerUnits): RollingValues {
  const heatIndex = enclosing({ mean: undefined, ...window.heatIndexCelsius });
  const temperature = enclosing({ mean: undefined, ...window.temperatureCelsius });
  const wind = enclosing({ mean: undefined, ...window.windSpeedMps });
  return create(RollingValuesSchema, {
    window: durationFromMs(window.minutes * 60_000),
    count: window.count,
    cautionMinutes: window.riskMinutes[CAUTION] ?? 0,
    dangerMinutes: window.riskMinutes[DANGER] ?? 0,
    ...field('heatIndexMean', units.temperature(window.heatIndexCelsius?.mean)),
    ...field('heatIndexMin', units.temperature(heatIndex.min)),
    ...field('heatIndexMax', units.temperature(heatIndex.max)),
    ...field('temperatureMean', units.temperature(window.temperatureCelsius?.mean)),
    ...field('temperatureMin', units.temperature(temperature.min)),
    ...field('temperatureMax', units.temperature(temperature.max)),
    ...field('relativeHumidityMean', window.relativeHumidityPercent?.mean),
    ...field('windSpeedMean', units.speed(window.windSpeedMps?.mean)),
    ...field('windSpeedMax', units.speed(wind.max)),
  });
}
