import { create } from '@bufbuild/protobuf';
import { DurationSchema, type Timestamp, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { HeatIndexFormula, QualityFlag, SpeedUnit, TemperatureUnit } from '@isotherm/contracts/type/v1/weather';
import type { FakeReading, FakeState } from './fake-state.ts';
import type { TestCity } from './test-cities.ts';

const HOUR_MS = 3_600_000;
const QUARTER_MS = 900_000;

const seconds = (count: number) => create(DurationSchema, { seconds: BigInt(count) });
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** The GetCurrent answer of a city; undefined without a reading. */
export function currentConditions(state: FakeState, city: TestCity) {
  const now = state.current(city);
  if (!now) return undefined;
  return {
    city: { ...city, population: BigInt(city.population) },
    observeTime: timestampFromMs(now.observedMs),
    age: seconds(Math.max(0, Math.round((state.position() - now.observedMs) / 1000))),
    units: { temperature: TemperatureUnit.CELSIUS, windSpeed: SpeedUnit.METERS_PER_SECOND },
    temperature: now.temperatureCelsius,
    relativeHumidityPercent: now.relativeHumidityPercent,
    windSpeed: now.windSpeedMps,
    heatIndex: now.heatIndexCelsius,
    heatIndexFormula: HeatIndexFormula.NWS,
    risk: now.risk,
    apparentTemperature: now.temperatureCelsius >= 26.67 ? now.heatIndexCelsius : now.temperatureCelsius,
    dewPoint: now.temperatureCelsius - (100 - now.relativeHumidityPercent) / 5,
    quality: QualityFlag.SCREENED,
    rolling: [5, 60, 1440].map((minutes) => rolling(state, city, now, minutes)),
    demo: state.feeds,
    observations: 90_000n,
  };
}

function rolling(state: FakeState, city: TestCity, now: FakeReading, minutes: number) {
  const step = Math.max(1, Math.round(minutes / 60));
  const readings: FakeReading[] = [];
  for (let back = 0; back <= minutes; back += step) readings.push(state.at(city, now.observedMs - back * 60_000));
  const heat = readings.map(({ heatIndexCelsius }) => heatIndexCelsius);
  const temperature = readings.map(({ temperatureCelsius }) => temperatureCelsius);
  return {
    window: seconds(minutes * 60),
    count: BigInt(minutes * 60),
    heatIndexMean: mean(heat),
    heatIndexMin: Math.min(...heat),
    heatIndexMax: Math.max(...heat),
    temperatureMean: mean(temperature),
    temperatureMin: Math.min(...temperature),
    temperatureMax: Math.max(...temperature),
    relativeHumidityMean: mean(readings.map(({ relativeHumidityPercent }) => relativeHumidityPercent)),
    windSpeedMean: mean(readings.map(({ windSpeedMps }) => windSpeedMps)),
    cautionMinutes: readings.filter(({ risk }) => risk >= 2).length * step,
    dangerMinutes: readings.filter(({ risk }) => risk >= 4).length * step,
  };
}

/** Twenty-four hours ahead. */
export function forecastPoints(state: FakeState, city: TestCity) {
  if (!state.current(city)) return [];
  const issued = Math.floor(state.position() / HOUR_MS) * HOUR_MS;
  return Array.from({ length: 24 }, (_, i) => {
    const lead = i + 1;
    const reading = state.at(city, issued + lead * HOUR_MS);
    const reach = 0.8 + Math.sqrt(lead) * 0.7;
    return {
      lead: seconds(lead * 3600),
      validTime: timestampFromMs(issued + lead * HOUR_MS),
      temperature: reading.temperatureCelsius,
      temperatureInterval: {
        low: reading.temperatureCelsius - reach,
        high: reading.temperatureCelsius + reach,
        level: 0.9,
      },
      heatIndex: reading.heatIndexCelsius,
      model: lead < 3 ? 'persistence' : 'same-hour-yesterday',
      meanAbsoluteError: 0.4 + lead * 0.08,
      skill: 0.32,
    };
  });
}

/** Quarter hours between two times, by default the last 24 hours. */
export function historyPoints(
  state: FakeState,
  city: TestCity,
  from: Timestamp | undefined,
  to: Timestamp | undefined,
) {
  if (!state.feeds) return [];
  const end = to ? Number(to.seconds) * 1000 : state.position();
  const begin = Math.max(from ? Number(from.seconds) * 1000 : end - 24 * HOUR_MS, state.position() - 25 * HOUR_MS);
  const points = [];
  for (
    let start = Math.floor(begin / QUARTER_MS) * QUARTER_MS;
    start < Math.min(end, state.position());
    start += QUARTER_MS
  ) {
    const reading = state.at(city, start);
    const reach = 0.35 + Math.abs(Math.sin(start / 5e6)) * 0.5;
    points.push({
      startTime: timestampFromMs(start),
      count: 900n,
      temperature: reading.temperatureCelsius,
      temperatureMin: reading.temperatureCelsius - reach,
      temperatureMax: reading.temperatureCelsius + reach,
      relativeHumidityPercent: reading.relativeHumidityPercent,
      windSpeed: reading.windSpeedMps,
      heatIndex: reading.heatIndexCelsius,
      heatIndexMin: reading.heatIndexCelsius - reach,
      heatIndexMax: reading.heatIndexCelsius + reach,
    });
  }
  return points;
}

/** The hottest cities of an hour. */
export function rankedCities(state: FakeState, from: Timestamp | undefined, limit: number) {
  if (!state.feeds) return [];
  const atMs = (from ? Number(from.seconds) * 1000 : state.position()) + HOUR_MS / 2;
  return state.fedCities
    .map((city) => ({
      city: { ...city, population: BigInt(city.population) },
      value: state.at(city, atMs).heatIndexCelsius,
    }))
    .sort((one, other) => other.value - one.value)
    .slice(0, limit)
    .map((ranked) => ({ ...ranked, count: 60n }));
}
