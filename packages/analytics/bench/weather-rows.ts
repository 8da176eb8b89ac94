import type { MetricColumns, MinuteRows, RollingColumns } from '@isotherm/domain';
import type { RawRows } from '../src/index.ts';

const HEAT_INDEX_UNITS = 2 ** 30;
const DAY_MINUTES = 1_440;

/**
 * Weather of many cities, minute by minute: a yearly and a daily wave, a front that passes over days, and a sensor's
 * noise of a few hundredths. Rolling sums are true sums of the same values. Deterministic.
 */
export interface WeatherRows {
  /** Rows of minutes [first, first + count) of all cities, a minute of all cities after the other. */
  minutes(first: number, count: number, appliedOffset: number): MinuteRows;
  /** The same minutes as single observations. */
  raw(first: number, count: number, offset: number): RawRows;
}

/** Creates the weather of `cities` cities, `minutes` long, from 2026-07-01T00:00Z. */
export function createWeatherRows(cities: number, minutes: number): WeatherRows {
  const length = minutes + DAY_MINUTES + 1;
  const base = Date.UTC(2026, 6, 1) / 60_000;
  const cityIds = Array.from({ length: cities }, (_, city) => String(1_000_000 + city * 37));
  const random = randomNumbers(7);
  const columns = Array.from({ length: cities }, () => cityColumns(length, random));

  return {
    minutes(first, count, appliedOffset) {
      const rowCount = cities * count;
      const rows = emptyRows(rowCount, cityIds, appliedOffset);
      let row = 0;
      for (let minute = first; minute < first + count; minute++) {
        const at = minute + DAY_MINUTES;
        for (let city = 0; city < cities; city++, row++) {
          const column = columns[city] as CityColumns;
          rows.city[row] = city;
          rows.minute[row] = base + minute;
          put(rows.heatIndex, row, column.heatIndex[at] as number, HEAT_INDEX_UNITS / 100);
          put(rows.temperature, row, column.temperature[at] as number, 1);
          put(rows.humidity, row, column.humidity[at] as number, 1);
          put(rows.wind, row, column.wind[at] as number, 1);
          putWindow(rows.rolling5m, row, column, at, 5);
          putWindow(rows.rolling1h, row, column, at, 60);
          putWindow(rows.rolling24h, row, column, at, DAY_MINUTES);
        }
      }
      return rows;
    },
    raw(first, count, offset) {
      const rowCount = cities * count;
      const at = (row: number) => first + Math.floor(row / cities) + DAY_MINUTES;
      const column = (row: number) => columns[row % cities] as CityColumns;
      const each = (read: (row: number) => number) => {
        const values = new Float64Array(rowCount);
        for (let row = 0; row < rowCount; row++) values[row] = read(row);
        return values;
      };
      return {
        partition: 3,
        rowCount,
        city: Uint32Array.from({ length: rowCount }, (_, row) => row % cities),
        cityIds,
        sensor: new Uint32Array(rowCount),
        sensorIds: [''],
        observedMs: each((row) => (base + first + Math.floor(row / cities)) * 60_000 + (row % 997)),
        temperatureCelsius: each((row) => (column(row).temperature[at(row)] as number) / 100),
        humidityPercent: each((row) => (column(row).humidity[at(row)] as number) / 100),
        windMps: each((row) => (column(row).wind[at(row)] as number) / 100),
        offset: each((row) => offset + Math.floor(row / 1_000)),
        row: Uint32Array.from({ length: rowCount }, (_, row) => row % 1_000),
        stampMs: each(() => Date.now()),
      };
    },
  };
}

interface CityColumns {
  readonly heatIndex: Float64Array;
  readonly temperature: Int32Array;
  readonly humidity: Int32Array;
  readonly wind: Int32Array;
  /** Sums of all minutes before an index. */
  readonly heatIndexBefore: Float64Array;
  readonly temperatureBefore: Float64Array;
}

function cityColumns(length: number, random: () => number): CityColumns {
  const mean = random() * 30 - 2;
  const swing = 2 + random() * 6;
  const phase = random() * DAY_MINUTES;
  const front = 2_000 + random() * 3_000;
  const columns: CityColumns = {
    heatIndex: new Float64Array(length),
    temperature: new Int32Array(length),
    humidity: new Int32Array(length),
    wind: new Int32Array(length),
    heatIndexBefore: new Float64Array(length + 1),
    temperatureBefore: new Float64Array(length + 1),
  };
  for (let at = 0; at < length; at++) {
    const day = Math.sin(((at + phase) / DAY_MINUTES) * 2 * Math.PI);
    const slow = Math.sin((at / front) * 2 * Math.PI);
    const temperature = Math.round((mean + swing * day + 3 * slow) * 100 + random() * 6 - 3);
    const humidity = Math.round(Math.min(100, Math.max(5, 60 - 20 * day + 15 * slow)) * 100 + random() * 20 - 10);
    columns.temperature[at] = temperature;
    columns.humidity[at] = humidity;
    columns.wind[at] = Math.max(0, Math.round((4 + 2 * day + 2 * slow) * 100 + random() * 60 - 30));
    columns.heatIndex[at] = Math.round(feelsLike(temperature / 100, humidity / 100) * HEAT_INDEX_UNITS);
    columns.heatIndexBefore[at + 1] = (columns.heatIndexBefore[at] as number) + (columns.heatIndex[at] as number);
    columns.temperatureBefore[at + 1] = (columns.temperatureBefore[at] as number) + temperature;
  }
  return columns;
}

/** The simple formula of the heat index: as irregular in its last bits as the full one, which is all that matters here. */
function feelsLike(celsius: number, humidity: number): number {
  const fahrenheit = celsius * 1.8 + 32;
  return (0.5 * (fahrenheit + 61 + 1.2 * (fahrenheit - 68) + 0.094 * humidity) - 32) / 1.8;
}

function put(metric: MetricColumns, row: number, sum: number, unitsPerHundredth: number): void {
  metric.sum[row] = sum;
  metric.min[row] = Math.round(sum / unitsPerHundredth);
  metric.max[row] = metric.min[row] as number;
}

function putWindow(window: RollingColumns, row: number, column: CityColumns, at: number, width: number): void {
  const sum = (before: Float64Array) => (before[at + 1] as number) - (before[at - width] as number);
  window.heatIndexCount[row] = width + 1;
  window.temperatureCount[row] = width + 1;
  window.heatIndexSum[row] = sum(column.heatIndexBefore);
  window.temperatureSum[row] = sum(column.temperatureBefore);
}

function emptyRows(rowCount: number, cityIds: readonly string[], appliedOffset: number): MinuteRows {
  const ones = () => new Uint32Array(rowCount).fill(1);
  const metric = () => ({
    count: ones(),
    sum: new Float64Array(rowCount),
    min: new Int32Array(rowCount),
    max: new Int32Array(rowCount),
  });
  const window = () => ({
    heatIndexCount: new Uint32Array(rowCount),
    heatIndexSum: new Float64Array(rowCount),
    temperatureCount: new Uint32Array(rowCount),
    temperatureSum: new Float64Array(rowCount),
  });
  return {
    partition: 3,
    appliedOffset,
    rowCount,
    city: new Uint32Array(rowCount),
    cityIds,
    minute: new Uint32Array(rowCount),
    count: ones(),
    heatIndex: metric(),
    temperature: metric(),
    humidity: metric(),
    wind: metric(),
    risk: new Uint8Array(rowCount).fill(1),
    quality: new Uint8Array(rowCount).fill(2),
    rolling5m: window(),
    rolling1h: window(),
    rolling24h: window(),
  };
}

/** Numerical Recipes' linear congruential generator: the same weather every time. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
