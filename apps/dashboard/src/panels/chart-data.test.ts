import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { HistoryPointSchema } from '@isotherm/contracts/analytics/v1/analytics_service';
import { ForecastPointSchema } from '@isotherm/contracts/forecast/v1/forecast_service';
import { describe, expect, it } from 'vitest';
import { chartData } from './chart-data.ts';

const NOW = Date.UTC(2026, 6, 1, 12, 20);
const HOUR = 3_600_000;
const past = (startMs: number, temperature: number) =>
  create(HistoryPointSchema, { startTime: timestampFromMs(startMs), temperature, heatIndex: temperature + 1 });
const next = (validMs: number, temperature: number) =>
  create(ForecastPointSchema, {
    validTime: timestampFromMs(validMs),
    temperature,
    temperatureInterval: { low: temperature - 1, high: temperature + 1, level: 0.9 },
  });
const now = { atMs: NOW, heatIndex: 26, temperature: 25 };

describe('the data of the chart', () => {
  it('joins past, now and forecast at one point', () => {
    const columns = chartData([past(NOW - HOUR, 24)], [next(NOW - HOUR, 24), next(NOW + HOUR, 23)], now, 'celsius');
    const [seconds, heat, temperature, , , , forecast, low] = columns;
    expect(seconds).toEqual([NOW - HOUR + 450_000, NOW, NOW + 1.5 * HOUR].map((ms) => ms / 1000));
    expect(heat).toEqual([25, 26, null]);
    expect(temperature).toEqual([24, 25, null]);
    expect(forecast).toEqual([null, 25, 23]);
    expect(low).toEqual([null, 25, 22]);
  });

  it('is in the unit shown', () => {
    expect(chartData([], [], { ...now, temperature: 100 }, 'fahrenheit')[2]).toEqual([212]);
  });

  it('draws no line across hours without readings', () => {
    const [, , temperature] = chartData([past(NOW - 9 * HOUR, 20), past(NOW - 2 * HOUR, 24)], [], now, 'celsius');
    expect(temperature).toEqual([20, null, 24, 25]);
  });

  it('shows the past of a city that fell silent', () => {
    const silent = { atMs: NOW, heatIndex: null, temperature: null };
    expect(chartData([past(NOW - HOUR, 24)], [], silent, 'celsius')[2]).toEqual([24]);
  });
});
