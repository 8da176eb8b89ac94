import type { MinuteRows } from '@isotherm/domain';
import { type ReferenceMetric, toCenti } from './reference-metric.ts';
import type { ReferenceAggregate, ReferenceResult } from './reference-model.ts';

/** What a row says of a metric, in the units of rows. */
export type StoredMetric = readonly [count: number, sum: number, min: number, max: number];

/** A minute row as plain values, to be compared. */
export interface StoredRow {
  readonly count: number;
  readonly heatIndex: StoredMetric;
  readonly temperature: StoredMetric;
  readonly humidity: StoredMetric;
  readonly wind: StoredMetric;
  /** Of 5 min, 1 h and 24 h: heat-index count and sum, temperature count and sum. */
  readonly rolling: readonly (readonly number[])[];
}

/** Row i of a batch of the product's. */
export function storedRowAt(rows: MinuteRows, i: number): StoredRow {
  const metric = (name: 'heatIndex' | 'temperature' | 'humidity' | 'wind'): StoredMetric => {
    const { count, sum, min, max } = rows[name];
    return [count[i]!, sum[i]!, min[i]!, max[i]!];
  };
  return {
    count: rows.count[i]!,
    heatIndex: metric('heatIndex'),
    temperature: metric('temperature'),
    humidity: metric('humidity'),
    wind: metric('wind'),
    rolling: [rows.rolling5m, rows.rolling1h, rows.rolling24h].map((window) => [
      window.heatIndexCount[i]!,
      window.heatIndexSum[i]!,
      window.temperatureCount[i]!,
      window.temperatureSum[i]!,
    ]),
  };
}

/** The row of a city's minute by the reference model. The minute must have an observation that counts. */
export function expectedRow(reference: ReferenceResult, cityId: string, minute: number): StoredRow {
  const metric = ({ count, min, max }: ReferenceMetric, sum: number): StoredMetric =>
    count === 0 ? [0, 0, 0, 0] : [count, sum, toCenti(min) + 0, toCenti(max) + 0];
  const window = ({ heatIndex, temperature }: ReferenceAggregate) => [
    heatIndex.count,
    heatIndex.sumFixed,
    temperature.count,
    temperature.sumCenti + 0,
  ];
  const pane = reference.pane(cityId, minute)!;
  return {
    count: pane.count,
    heatIndex: metric(pane.heatIndex, pane.heatIndex.sumFixed),
    temperature: metric(pane.temperature, pane.temperature.sumCenti + 0),
    humidity: metric(pane.humidity, pane.humidity.sumCenti + 0),
    wind: metric(pane.wind, pane.wind.sumCenti + 0),
    rolling: [5, 60, 1440].map((width) =>
      reference.isLost(cityId, minute, width) ? [0, 0, 0, 0] : window(reference.rolling(cityId, minute, width)),
    ),
  };
}
