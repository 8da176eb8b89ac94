import type { HistoryPoint } from '@isotherm/contracts/analytics/v1/analytics_service';
import type { ForecastPoint } from '@isotherm/contracts/forecast/v1/forecast_service';
import { timestampToMs } from '../data/stats-sample.ts';
import { convertTemperature } from '../format/temperature.ts';
import type { TemperatureUnit } from '../settings/settings.ts';

type Column = (number | null)[];

/** Columns of the day's chart in the unit shown; the first is seconds since 1970. */
export type ChartColumns = readonly [
  seconds: number[],
  heatIndex: Column,
  temperature: Column,
  low: Column,
  high: Column,
  forecastHeatIndex: Column,
  forecastTemperature: Column,
  forecastLow: Column,
  forecastHigh: Column,
];

/** The live value that ends the past and begins the forecast. Values in °C. */
export interface ChartNow {
  readonly atMs: number;
  readonly heatIndex: number | null;
  readonly temperature: number | null;
}

/** Half the width of a quarter of an hour: a mean stands in the middle of its span. */
const HALF_QUARTER_MS = 450_000;
const HALF_HOUR_MS = 1_800_000;
/** Longest time without readings that a line crosses. */
const LONGEST_LINE_MS = 2 * 3_600_000;

/** Joins history, the value now and the forecast. Forecast points before now are left out. */
export function chartData(
  history: readonly HistoryPoint[],
  forecast: readonly ForecastPoint[],
  now: ChartNow,
  unit: TemperatureUnit,
): ChartColumns {
  const columns: ChartColumns = [[], [], [], [], [], [], [], [], []];
  const convert = (celsius: number | null | undefined): number | null =>
    celsius === null || celsius === undefined ? null : convertTemperature(celsius, unit);
  const push = (ms: number, values: readonly (number | null | undefined)[]): void => {
    columns[0].push(ms / 1000);
    for (let i = 1; i < columns.length; i++) (columns[i] as Column).push(convert(values[i - 1]));
  };

  let lastMs = Number.NEGATIVE_INFINITY;
  // A line across hours without readings would tell of weather nobody saw.
  const breakAfterGap = (ms: number): void => {
    if (ms - lastMs > LONGEST_LINE_MS && lastMs > 0) push(lastMs + 1000, []);
    lastMs = ms;
  };
  for (const point of history) {
    const ms = point.startTime ? timestampToMs(point.startTime) + HALF_QUARTER_MS : 0;
    if (ms >= now.atMs) continue;
    breakAfterGap(ms);
    push(ms, [point.heatIndex, point.temperature, point.heatIndexMin, point.heatIndexMax]);
  }
  const { heatIndex, temperature } = now;
  if (temperature !== null || heatIndex !== null) {
    breakAfterGap(now.atMs);
    push(now.atMs, [heatIndex, temperature, null, null, heatIndex, temperature, temperature, temperature]);
  }
  for (const point of forecast) {
    const ms = point.validTime ? timestampToMs(point.validTime) + HALF_HOUR_MS : 0;
    if (ms <= now.atMs) continue;
    const { low, high } = point.temperatureInterval ?? {};
    push(ms, [null, null, null, null, point.heatIndex, point.temperature, low, high]);
  }
  return columns;
}
