import type { ObservationColumns } from '@isotherm/client';
import type { DemoReading, DemoWeather } from './weather/demo-weather.ts';

/** Rows of one message. */
export const ROWS_PER_BATCH = 5000;

/** Collects readings in columns, without allocating a row at a time. */
export interface BatchBuffer {
  readonly rows: number;
  /** Adds the reading of a city at a time that is not before the batch's base. */
  add(cityIndex: number, timeMs: number): void;
  /** Empties it; the next rows count from the base given. */
  restart(baseUnixMs: number): void;
  /** The rows so far; the arrays are the buffer's. */
  columns(): ObservationColumns;
}

/** A buffer of {@link ROWS_PER_BATCH} rows. `streamIndex` maps a city of the weather to its index in the stream. */
export function createBatchBuffer(weather: DemoWeather, streamIndex: Uint32Array): BatchBuffer {
  const cityIndex = new Uint32Array(ROWS_PER_BATCH);
  const observedOffsetMs = new Uint32Array(ROWS_PER_BATCH);
  const temperature = new Int32Array(ROWS_PER_BATCH);
  const humidity = new Int32Array(ROWS_PER_BATCH);
  const wind = new Int32Array(ROWS_PER_BATCH);
  const reading: DemoReading = { temperatureCenticelsius: 0, humidityCentipercent: 0, windCentimps: 0 };
  let baseUnixMs = 0;
  let rows = 0;
  return {
    get rows() {
      return rows;
    },
    add(city, timeMs) {
      weather.reading(city, timeMs, reading);
      cityIndex[rows] = streamIndex[city]!;
      observedOffsetMs[rows] = timeMs - baseUnixMs;
      temperature[rows] = reading.temperatureCenticelsius;
      humidity[rows] = reading.humidityCentipercent;
      wind[rows] = reading.windCentimps;
      rows += 1;
    },
    restart(base) {
      baseUnixMs = base;
      rows = 0;
    },
    columns: () => ({
      cityIndex: cityIndex.subarray(0, rows),
      baseUnixMs,
      observedOffsetMs: observedOffsetMs.subarray(0, rows),
      temperatureCelsius: { scale: 2, unscaled: temperature.subarray(0, rows) },
      relativeHumidityPercent: { scale: 2, unscaled: humidity.subarray(0, rows) },
      windSpeedMps: { scale: 2, unscaled: wind.subarray(0, rows) },
    }),
  };
}
