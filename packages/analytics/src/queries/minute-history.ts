import type { HistoryQuery } from '../analytics-store.ts';
import { minuteExtremes } from '../rollup/roll-up-statement.ts';
import { afterSeconds, ceilSeconds, type HistoryStatement, pointColumns, toPoint } from './history-point.ts';
import { METRIC_COLUMNS, meanOf } from './metric-columns.ts';

/** A page of minutes with their rolling values, oldest first. */
export function minuteHistoryStatement(database: string, query: HistoryQuery, settings: string): HistoryStatement {
  const columns = [
    ...pointColumns({
      sum: (metric) => `${metric}_sum`,
      count: (metric) => `${metric}_count`,
      minimum: (metric) => minuteExtremes(metric).minimum,
      maximum: (metric) => minuteExtremes(metric).maximum,
    }),
    ...['5m', '1h', '24h'].map((window) =>
      meanOf(`heat_index_${window}_sum`, `heat_index_${window}_count`, METRIC_COLUMNS.heatIndex.unitsPerOne),
    ),
  ];
  return {
    statement: `SELECT toUnixTimestamp(minute), observations, ${columns.join(', ')}
      FROM ${database}.city_minutes FINAL
      WHERE city_id = {city:String} AND minute >= toDateTime({from:UInt32}, 'UTC') AND minute < toDateTime({to:UInt32}, 'UTC')
      ORDER BY minute LIMIT {limit:UInt32} ${settings}`,
    parameters: {
      city: query.cityId,
      from: Math.max(ceilSeconds(query.fromMs), afterSeconds(query) + 1),
      to: ceilSeconds(query.toMs),
      limit: query.limit,
    },
    toRow: toPoint,
  };
}
