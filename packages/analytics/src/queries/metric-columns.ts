import type { RankMetric } from '../analytics-store.ts';

/** A metric's column prefix and how many of its units make one of the port's. */
export interface MetricColumn {
  readonly prefix: string;
  readonly unitsPerOne: number;
}

/** Metrics as they are stored: heat index in 2^-30 °C, the others in hundredths. */
export const METRIC_COLUMNS: Readonly<Record<RankMetric, MetricColumn>> = {
  heatIndex: { prefix: 'heat_index', unitsPerOne: 2 ** 30 },
  temperature: { prefix: 'temperature', unitsPerOne: 100 },
  humidity: { prefix: 'humidity', unitsPerOne: 100 },
  wind: { prefix: 'wind', unitsPerOne: 100 },
};

/** Mean of a sum and a count in the port's unit; NULL where nothing was counted. */
export function meanOf(sum: string, count: string, unitsPerOne: number): string {
  return `if(${count} = 0, NULL, ${sum} / (toFloat64(${count}) * ${unitsPerOne}))`;
}
