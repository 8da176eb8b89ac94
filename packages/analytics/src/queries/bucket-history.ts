import type { HistoryQuery } from '../analytics-store.ts';
import { METRICS } from '../schema/tables.ts';
import { checkedZone } from './checked-zone.ts';
import {
  afterSeconds,
  ceilSeconds,
  type HistoryStatement,
  LAST_SECOND,
  pointColumns,
  toPoint,
} from './history-point.ts';
import { paneSource } from './pane-source.ts';

/** Resolutions wider than a minute. */
export type BucketWidth = 'quarterHour' | 'hour' | 'day';

/** A day in any zone is at most 25 hours; two days make room for zones that jumped further in the past. */
const LONGEST_BUCKET_SECONDS = 172_800;

/** Quarters of a span that must be read from minutes; undefined: all of them. */
export type MarkedQuarters = (from: number, to: number) => readonly number[] | undefined;

/** A page of quarter-hours, hours or days. A point belongs to a span by its start and is always whole. */
export function bucketHistoryStatement(
  database: string,
  query: HistoryQuery & { readonly resolution: BucketWidth },
  context: { readonly settings: string; readonly marked: MarkedQuarters },
): HistoryStatement {
  const from = Math.max(ceilSeconds(query.fromMs), afterSeconds(query) + 1);
  const to = ceilSeconds(query.toMs);
  const until = Math.min(LAST_SECOND, to + LONGEST_BUCKET_SECONDS);
  const source = paneSource(database, {
    from,
    to: until,
    marked: context.marked(from, until),
    metrics: METRICS,
    cities: 'AND city_id = {city:String}',
  });
  const columns = pointColumns({
    sum: (metric) => `sum(${metric}_s)`,
    count: (metric) => `sum(${metric}_c)`,
    minimum: (metric) => `minIf(${metric}_lo, ${metric}_c > 0)`,
    maximum: (metric) => `maxIf(${metric}_hi, ${metric}_c > 0)`,
  });
  return {
    statement: `SELECT toUnixTimestamp(${bucketStart(query.resolution)}) AS start, sum(seen), ${columns.join(', ')}
      FROM (${source.subquery})
      GROUP BY start HAVING start >= {from:UInt32} AND start < {to:UInt32}
      ORDER BY start LIMIT {limit:UInt32} ${context.settings}`,
    parameters: {
      ...source.parameters,
      city: query.cityId,
      from,
      to,
      limit: query.limit,
      ...(query.resolution === 'day' ? { zone: checkedZone(query.timeZone) } : {}),
    },
    toRow: toPoint,
  };
}

function bucketStart(width: BucketWidth): string {
  switch (width) {
    case 'quarterHour':
      return "toStartOfInterval(at, INTERVAL 15 MINUTE, 'UTC')";
    case 'hour':
      return "toStartOfHour(at, 'UTC')";
    case 'day':
      return 'toStartOfDay(at, {zone:String})';
  }
}
