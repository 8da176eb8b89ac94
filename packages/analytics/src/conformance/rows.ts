import type { MetricColumns, MinuteRows, RollingColumns } from '@isotherm/domain';
import type { RawRows } from '../analytics-store.ts';

/** A minute row in plain numbers: °C, %, m/s; undefined where nothing was measured. One observation a value. */
export interface SampleMinute {
  readonly cityId: string;
  /** Minutes since the epoch. */
  readonly minute: number;
  readonly temperature?: number | undefined;
  readonly humidity?: number | undefined;
  readonly wind?: number | undefined;
  readonly heatIndex?: number | undefined;
  /** Observations. Default 1. */
  readonly count?: number;
}

/** Columns of minute rows as compute hands them out, from plain samples. */
export function minuteRows(appliedOffset: number, samples: readonly SampleMinute[]): MinuteRows {
  const cityIds = [...new Set(samples.map((sample) => sample.cityId))];
  const of = (read: (sample: SampleMinute) => number) => Uint32Array.from(samples, read);
  const centi = (name: 'temperature' | 'humidity' | 'wind') => metric(samples, (sample) => sample[name], 100);
  return {
    partition: 3,
    appliedOffset,
    rowCount: samples.length,
    city: of((sample) => cityIds.indexOf(sample.cityId)),
    cityIds,
    minute: of((sample) => sample.minute),
    count: of((sample) => sample.count ?? 1),
    heatIndex: metric(samples, (sample) => sample.heatIndex, 2 ** 30),
    temperature: centi('temperature'),
    humidity: centi('humidity'),
    wind: centi('wind'),
    risk: new Uint8Array(samples.length).fill(1),
    quality: new Uint8Array(samples.length).fill(2),
    rolling5m: rolling(samples, 1),
    rolling1h: rolling(samples, 2),
    rolling24h: rolling(samples, 3),
  };
}

/** Raw rows of one partition, offset and sensor; their row numbers count up. */
export function rawRows(
  offset: number,
  samples: readonly (Omit<SampleMinute, 'minute'> & { readonly observedMs: number; readonly stampMs?: number })[],
): RawRows {
  const values = (read: (sample: (typeof samples)[number]) => number | undefined) =>
    Float64Array.from(samples, (sample) => read(sample) ?? Number.NaN);
  return {
    partition: 3,
    rowCount: samples.length,
    city: Uint32Array.from(samples, (_, i) => i),
    cityIds: samples.map((sample) => sample.cityId),
    sensor: new Uint32Array(samples.length),
    sensorIds: [''],
    observedMs: values((sample) => sample.observedMs),
    temperatureCelsius: values((sample) => sample.temperature),
    humidityPercent: values((sample) => sample.humidity),
    windMps: values((sample) => sample.wind),
    offset: values(() => offset),
    row: Uint32Array.from(samples, (_, i) => i),
    stampMs: values((sample) => sample.stampMs ?? Date.now()),
  };
}

function metric(
  samples: readonly SampleMinute[],
  read: (sample: SampleMinute) => number | undefined,
  unitsPerOne: number,
): MetricColumns {
  const counts = (sample: SampleMinute) => (read(sample) === undefined ? 0 : (sample.count ?? 1));
  const hundredths = (sample: SampleMinute) => Math.round((read(sample) ?? 0) * 100);
  return {
    count: Uint32Array.from(samples, counts),
    sum: Float64Array.from(samples, (sample) => counts(sample) * Math.round((read(sample) ?? 0) * unitsPerOne)),
    min: Int32Array.from(samples, hundredths),
    max: Int32Array.from(samples, hundredths),
  };
}

/** A window of `minutes` equal minutes: its mean is the sample's own value. */
function rolling(samples: readonly SampleMinute[], minutes: number): RollingColumns {
  const heatIndex = metric(samples, (sample) => sample.heatIndex, 2 ** 30);
  const temperature = metric(samples, (sample) => sample.temperature, 100);
  return {
    heatIndexCount: heatIndex.count.map((count) => count * minutes),
    heatIndexSum: heatIndex.sum.map((sum) => sum * minutes),
    temperatureCount: temperature.count.map((count) => count * minutes),
    temperatureSum: temperature.sum.map((sum) => sum * minutes),
  };
}
