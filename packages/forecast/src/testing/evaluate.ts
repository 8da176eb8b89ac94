import { dewPointCelsius, heatIndexCelsius, relativeHumidityPercent } from '@isotherm/domain';
import { createForecaster, type Forecaster } from '../forecaster.ts';
import type { Sample, SampleReading } from './read-sample.ts';

/** Leads that errors are reported for, in hours. */
export const SCORED_LEADS: readonly number[] = [1, 3, 6, 12, 24];
/** Parts of the day of a city, each as long. */
const PHASES = 8;
/** Heat indices count from here, in °C: 80 °F. */
const WARM_CELSIUS = 26.67;

/** Sums of absolute errors of what every model had a forecast for. */
export interface Tally {
  count: number;
  forecast: number;
  persistence: number;
  sameHour: number;
  /** Yesterday's change from now to then, added to now. */
  diurnal: number;
  covered: number;
  width: number;
}

/** How forecasts did. */
export interface Evaluation {
  /** By lead: temperature in °C. */
  readonly temperature: readonly Tally[];
  /** By lead: heat index where it was 80 °F or more, in °C. */
  readonly heatIndex: readonly Tally[];
  /** By city, then by lead. */
  readonly byCity: readonly (readonly Tally[])[];
  readonly heatIndexByCity: readonly (readonly Tally[])[];
  /** By lead, then by part of the day, counted from the city's warmest hour. */
  readonly byPhase: readonly (readonly Tally[])[];
}

/** How to evaluate. */
export interface EvaluateOptions {
  /** Hours that are not scored at the start. Default 60 days. */
  readonly warmUpHours?: number;
  /** Hours between two issues that are scored: prime to 24, so that every hour of the day has its turn. Default 5. */
  readonly everyHours?: number;
}

interface Pending {
  readonly temperature: number;
  readonly low: number;
  readonly high: number;
  readonly heatIndex: number;
}

/** Runs through a sample once, with a forecaster a city: each hour scores the forecasts made for it before, is told, and forecasts anew. */
export function evaluate({ cities, readings }: Sample, options: EvaluateOptions = {}): Evaluation {
  const { warmUpHours = 60 * 24, everyHours = 5 } = options;
  const forecasters = cities.map((): Forecaster => createForecaster());
  const begin = readings[0]!.hour;
  const perLead = () => SCORED_LEADS.map(newTally);
  const temperature = perLead();
  const heatIndex = perLead();
  const byCity = cities.map(perLead);
  const heatIndexByCity = cities.map(perLead);
  const byPhase = SCORED_LEADS.map(() => Array.from({ length: PHASES }, newTally));
  const warmest = warmestHours(cities.length, readings);
  const seen = cities.map(() => new Map<number, SampleReading>());
  const pending = cities.map(() => SCORED_LEADS.map(() => new Map<number, Pending>()));

  for (const reading of readings) {
    const { city, hour } = reading;
    const history = seen[city]!;
    const isScored = hour >= begin + warmUpHours && !Number.isNaN(reading.temperature);
    SCORED_LEADS.forEach((lead, i) => {
      const forecast = pending[city]![i]!.get(hour);
      pending[city]![i]!.delete(hour);
      if (!isScored || forecast === undefined) return;
      const [now, yesterday] = [history.get(hour - lead), history.get(hour - 24)];
      const yesterdayNow = history.get(hour - lead - 24);
      if (now === undefined || yesterday === undefined) return;
      const diurnal =
        yesterdayNow === undefined ? Number.NaN : now.temperature + yesterday.temperature - yesterdayNow.temperature;
      const phase = Math.floor((((hour - warmest[city]! + 24) % 24) * PHASES) / 24);
      for (const tally of [temperature[i]!, byCity[city]![i]!, byPhase[i]![phase]!]) {
        tally.count += 1;
        tally.forecast += Math.abs(forecast.temperature - reading.temperature);
        tally.persistence += Math.abs(now.temperature - reading.temperature);
        tally.sameHour += Math.abs(yesterday.temperature - reading.temperature);
        tally.diurnal += Math.abs((Number.isNaN(diurnal) ? now.temperature : diurnal) - reading.temperature);
        tally.covered += reading.temperature >= forecast.low && reading.temperature <= forecast.high ? 1 : 0;
        tally.width += forecast.high - forecast.low;
      }
      const actual = heatIndexOf(reading);
      const [persisted, sameHour] = [heatIndexOf(now), heatIndexOf(yesterday)];
      if (!(actual >= WARM_CELSIUS) || Number.isNaN(forecast.heatIndex + persisted + sameHour)) return;
      for (const tally of [heatIndex[i]!, heatIndexByCity[city]![i]!]) {
        tally.count += 1;
        tally.forecast += Math.abs(forecast.heatIndex - actual);
        tally.persistence += Math.abs(persisted - actual);
        tally.sameHour += Math.abs(sameHour - actual);
      }
    });
    if (!Number.isNaN(reading.temperature)) history.set(hour, reading);
    const forecaster = forecasters[city]!;
    forecaster.hourCompleted(city, hour, reading.temperature, reading.humidity, reading.windMps);
    if (hour < begin + warmUpHours - 24 || hour % everyHours !== 0 || Number.isNaN(reading.temperature)) continue;
    forecaster.forecast(city, SCORED_LEADS).forEach((point, i) => {
      pending[city]![i]!.set(hour + point.leadHours, {
        temperature: point.temperatureCelsius,
        low: point.lowCelsius,
        high: point.highCelsius,
        heatIndex: point.heatIndexCelsius ?? Number.NaN,
      });
    });
  }
  return { temperature, heatIndex, byCity, heatIndexByCity, byPhase };
}

function newTally(): Tally {
  return { count: 0, forecast: 0, persistence: 0, sameHour: 0, diurnal: 0, covered: 0, width: 0 };
}

function heatIndexOf({ temperature, humidity }: SampleReading): number {
  if (Number.isNaN(humidity)) return Number.NaN;
  // Through the dew point, as forecasts come.
  const dewPoint = dewPointCelsius(temperature, humidity);
  return heatIndexCelsius('NWS')(temperature, relativeHumidityPercent(temperature, dewPoint));
}

/** Hour of the day (UTC) with the highest mean temperature, by city. */
function warmestHours(cityCount: number, readings: readonly SampleReading[]): number[] {
  const sums = Array.from({ length: cityCount }, () => ({ sum: new Float64Array(24), count: new Float64Array(24) }));
  for (const { city, hour, temperature } of readings) {
    if (Number.isNaN(temperature)) continue;
    sums[city]!.sum[hour % 24]! += temperature;
    sums[city]!.count[hour % 24]! += 1;
  }
  return sums.map(({ sum, count }) => {
    const means = Array.from(sum, (value, hour) => value / count[hour]!);
    return means.indexOf(Math.max(...means.filter((mean) => !Number.isNaN(mean))));
  });
}
