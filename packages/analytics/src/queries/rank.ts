import type { RankQuery, RankRow } from '../analytics-store.ts';
import type { QueryParameters } from '../clickhouse-engine.ts';
import type { MarkedQuarters } from './bucket-history.ts';
import { ceilSeconds } from './history-point.ts';
import { METRIC_COLUMNS, meanOf } from './metric-columns.ts';
import { paneSource } from './pane-source.ts';

/** A ranking's statement with its parameters. */
export interface RankStatement {
  readonly statement: string;
  readonly parameters: QueryParameters;
}

/** Cities by the mean of a metric over the minutes that start in a span; equal means by city id. */
export function rankStatement(
  database: string,
  query: RankQuery,
  context: { readonly settings: string; readonly marked: MarkedQuarters },
): RankStatement {
  const { prefix, unitsPerOne } = METRIC_COLUMNS[query.metric];
  const from = ceilSeconds(query.fromMs);
  const to = ceilSeconds(query.toMs);
  const source = paneSource(database, {
    from,
    to,
    marked: context.marked(from, to),
    metrics: [prefix],
    cities: query.cityIds === undefined ? '' : 'AND city_id IN {cities:Array(String)}',
  });
  return {
    statement: `SELECT city_id, ${meanOf(`sum(${prefix}_s)`, `sum(${prefix}_c)`, unitsPerOne)} AS value, sum(${prefix}_c) AS counted
      FROM (${source.subquery})
      GROUP BY city_id HAVING counted > 0
      ORDER BY value ${query.ascending ? 'ASC' : 'DESC'}, city_id LIMIT {limit:UInt32} ${context.settings}`,
    parameters: {
      ...source.parameters,
      limit: query.limit,
      ...(query.cityIds === undefined ? {} : { cities: query.cityIds }),
    },
  };
}

/** A row of {@link rankStatement}. */
export function toRankRow(row: readonly unknown[]): RankRow {
  return { cityId: String(row[0]), value: Number(row[1]), count: Number(row[2]) };
}
