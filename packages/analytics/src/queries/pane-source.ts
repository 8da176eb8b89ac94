import type { QueryParameters } from '../clickhouse-engine.ts';
import { minuteExtremes } from '../rollup/roll-up-statement.ts';

/** Past this many marked quarters in a span, all of it is read from the minutes. */
const MAX_MARKED = 2_000;

/** What a {@link paneSource} reads. Seconds since the epoch; `to` is not part of the span. */
export interface PaneSourceQuery {
  readonly from: number;
  readonly to: number;
  /** Quarters of the span that must be read from the minutes, ascending; undefined: all. */
  readonly marked: readonly number[] | undefined;
  /** Column prefixes of the metrics wanted. */
  readonly metrics: readonly string[];
  /** Condition on city_id, or nothing. */
  readonly cities: string;
}

/** A FROM clause's subquery with its parameters. */
export interface PaneSource {
  /** Yields city_id, at, minutes, observations and per metric _count, _sum, _min, _max (hundredths, 0 without values). */
  readonly subquery: string;
  readonly parameters: QueryParameters;
}

/**
 * Minutes and quarter-hours of a span as one source, each observation once: quarters that reflect their minutes from
 * city_quarter_hours, the rest, edges of the span included, from city_minutes.
 */
export function paneSource(database: string, query: PaneSourceQuery): PaneSource {
  const firstWhole = Math.ceil(query.from / 900) * 900;
  const endWhole = Math.floor(query.to / 900) * 900;
  const { marked } = query;
  if (marked === undefined || marked.length > MAX_MARKED || firstWhole >= endWhole) {
    return {
      subquery: minutes(database, query, ''),
      parameters: { fineFrom: query.from, fineTo: query.to },
    };
  }
  const edges = [...(query.from < firstWhole ? [firstWhole - 900] : []), ...(query.to > endWhole ? [endWhole] : [])];
  const fine = [...new Set([...marked, ...edges])].sort((a, b) => a - b);
  const coarse = quarters(database, query, fine.length > 0);
  const span = { coarseFrom: firstWhole, coarseTo: endWhole };
  const first = fine[0];
  const last = fine.at(-1);
  if (first === undefined || last === undefined) return { subquery: coarse, parameters: span };
  return {
    subquery: `${coarse} UNION ALL ${minutes(database, query, "AND has({fine:Array(UInt32)}, toUnixTimestamp(toStartOfInterval(minute, INTERVAL 15 MINUTE, 'UTC')))")}`,
    parameters: {
      ...span,
      fine,
      fineFrom: Math.max(query.from, first),
      fineTo: Math.min(query.to, last + 900),
    },
  };
}

function minutes(database: string, query: PaneSourceQuery, condition: string): string {
  const metrics = query.metrics.map((metric) => {
    const { minimum, maximum } = minuteExtremes(metric);
    return `, toUInt64(${metric}_count) AS ${metric}_c, ${metric}_sum AS ${metric}_s, toInt32(${minimum}) AS ${metric}_lo, toInt32(${maximum}) AS ${metric}_hi`;
  });
  return `SELECT city_id, minute AS at, toUInt64(1) AS minute_rows, toUInt64(observations) AS seen${metrics.join('')}
    FROM ${database}.city_minutes FINAL
    WHERE minute >= toDateTime({fineFrom:UInt32}, 'UTC') AND minute < toDateTime({fineTo:UInt32}, 'UTC') ${condition} ${query.cities}`;
}

function quarters(database: string, query: PaneSourceQuery, except: boolean): string {
  const metrics = query.metrics.map(
    (metric) =>
      `, ${metric}_count AS ${metric}_c, ${metric}_sum AS ${metric}_s, ${metric}_min AS ${metric}_lo, ${metric}_max AS ${metric}_hi`,
  );
  const exception = except ? 'AND NOT has({fine:Array(UInt32)}, toUnixTimestamp(quarter))' : '';
  return `SELECT city_id, quarter AS at, toUInt64(minutes) AS minute_rows, observations AS seen${metrics.join('')}
    FROM ${database}.city_quarter_hours FINAL
    WHERE quarter >= toDateTime({coarseFrom:UInt32}, 'UTC') AND quarter < toDateTime({coarseTo:UInt32}, 'UTC') ${exception} ${query.cities}`;
}
