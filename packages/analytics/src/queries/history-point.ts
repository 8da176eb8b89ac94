import type { HistoryQuery, HistoryRow } from '../analytics-store.ts';
import type { QueryParameters } from '../clickhouse-engine.ts';
import { METRIC_COLUMNS, meanOf } from './metric-columns.ts';

/** A statement with its parameters, and how its rows become points. */
export interface HistoryStatement {
  readonly statement: string;
  readonly parameters: QueryParameters;
  readonly toRow: (row: readonly unknown[]) => HistoryRow;
}

/** Latest second a DateTime holds: 2106-02-07. */
export const LAST_SECOND = 4_294_967_295;

/** Expressions of a metric's parts, by its column prefix; extremes in hundredths. */
export interface PointParts {
  readonly sum: (metric: string) => string;
  readonly count: (metric: string) => string;
  readonly minimum: (metric: string) => string;
  readonly maximum: (metric: string) => string;
}

/** Fields of a point, in the order of {@link pointColumns} and the rolling values after them. */
const FIELDS: readonly (keyof HistoryRow)[] = [
  'temperature',
  'temperatureMin',
  'temperatureMax',
  'humidity',
  'wind',
  'windMax',
  'heatIndex',
  'heatIndexMin',
  'heatIndexMax',
  'rolling5m',
  'rolling1h',
  'rolling24h',
];

/** Columns of a point after its start and count; NULL where nothing was measured. */
export function pointColumns(parts: PointParts): string[] {
  const mean = (name: keyof typeof METRIC_COLUMNS) => {
    const { prefix, unitsPerOne } = METRIC_COLUMNS[name];
    return meanOf(parts.sum(prefix), parts.count(prefix), unitsPerOne);
  };
  const extreme = (metric: string, value: string) => `if(${parts.count(metric)} = 0, NULL, ${value} / 100)`;
  return [
    mean('temperature'),
    extreme('temperature', parts.minimum('temperature')),
    extreme('temperature', parts.maximum('temperature')),
    mean('humidity'),
    mean('wind'),
    extreme('wind', parts.maximum('wind')),
    mean('heatIndex'),
    extreme('heat_index', parts.minimum('heat_index')),
    extreme('heat_index', parts.maximum('heat_index')),
  ];
}

/** A row of start (seconds), count and {@link pointColumns} as a point. */
export function toPoint(row: readonly unknown[]): HistoryRow {
  const [start, count, ...values] = row;
  const point: Record<string, unknown> = { startMs: Number(start) * 1000, count: Number(count) };
  for (const [i, field] of FIELDS.entries()) point[field] = values[i] ?? undefined;
  return point as unknown as HistoryRow;
}

/** First whole second at or after an instant, within what a DateTime holds. */
export function ceilSeconds(milliseconds: number): number {
  return Math.min(LAST_SECOND, Math.max(0, Math.ceil(milliseconds / 1000)));
}

/** Second of the cursor's point; -1 on the first page. */
export function afterSeconds(query: HistoryQuery): number {
  return query.after === undefined ? -1 : Math.floor(query.after.startMs / 1000);
}
