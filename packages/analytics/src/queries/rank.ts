import type { RankQuery, RankRow } from '../analytics-store.ts';
import type { QueryParameters } from '../clickhouse-engine.ts';
import { METRIC_COLUMNS, meanOf } from './metric-columns.ts';

const LAST_SECOND = 4_294_967_295;

/** A ranking's statement with its parameters. */
export interface RankStatement {
  readonly statement: string;
  readonly parameters: QueryParameters;
}

/** Cities by the mean of a metric over the minutes that start in a span; equal means by city id. */
export function rankStatement(database: string, query: RankQuery, settings: string): RankStatement {
  const { prefix, unitsPerOne } = METRIC_COLUMNS[query.metric];
  const restriction = query.cityIds === undefined ? '' : 'AND city_id IN {cities:Array(String)}';
  return {
    statement: `SELECT city_id, ${meanOf(`sum(${prefix}_sum)`, `sum(${prefix}_count)`, unitsPerOne)} AS value, sum(${prefix}_count) AS counted
      FROM ${database}.city_minutes FINAL
      WHERE minute >= toDateTime({from:UInt32}, 'UTC') AND minute < toDateTime({to:UInt32}, 'UTC') ${restriction}
      GROUP BY city_id HAVING counted > 0
      ORDER BY value ${query.ascending ? 'ASC' : 'DESC'}, city_id LIMIT {limit:UInt32} ${settings}`,
    parameters: {
      from: seconds(query.fromMs),
      to: seconds(query.toMs),
      limit: query.limit,
      ...(query.cityIds === undefined ? {} : { cities: query.cityIds }),
    },
  };
}

/** A row of {@link rankStatement}. */
export function toRankRow(row: readonly unknown[]): RankRow {
  return { cityId: String(row[0]), value: Number(row[1]), count: Number(row[2]) };
}

function seconds(milliseconds: number): number {
  return Math.min(LAST_SECOND, Math.max(0, Math.ceil(milliseconds / 1000)));
}
