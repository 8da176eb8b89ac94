import type { QueryParameters } from '../clickhouse-engine.ts';
import { QUARTER_SECONDS } from '../rollup/quarter-marks.ts';
import { minuteExtremes } from '../rollup/roll-up-statement.ts';
import { fineRuns } from './fine-runs.ts';

/** Each run is a scan of its own. */
const MAX_RUNS = 6;

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
  const whole = { from: ceilQuarter(query.from), to: floorQuarter(query.to) };
  if (query.marked === undefined || whole.from >= whole.to) {
    return { subquery: minutes(database, query, 0), parameters: { fineFrom0: query.from, fineTo0: query.to } };
  }
  const edges = [
    ...(query.from < whole.from ? [whole.from - QUARTER_SECONDS] : []),
    ...(query.to > whole.to ? [whole.to] : []),
  ];
  const runs = fineRuns([...query.marked, ...edges], MAX_RUNS);
  const parameters: Record<string, number> = { coarseFrom: whole.from, coarseTo: whole.to };
  for (const [i, run] of runs.entries()) {
    parameters[`fineFrom${i}`] = Math.max(run.from, query.from);
    parameters[`fineTo${i}`] = Math.min(run.to, query.to);
  }
  const branches = [quarters(database, query, runs.length), ...runs.map((_, i) => minutes(database, query, i))];
  return { subquery: branches.join(' UNION ALL '), parameters };
}

function minutes(database: string, query: PaneSourceQuery, run: number): string {
  const metrics = query.metrics.map((metric) => {
    const { minimum, maximum } = minuteExtremes(metric);
    return `, toUInt64(${metric}_count) AS ${metric}_c, ${metric}_sum AS ${metric}_s, toInt32(${minimum}) AS ${metric}_lo, toInt32(${maximum}) AS ${metric}_hi`;
  });
  return `SELECT city_id, minute AS at, toUInt64(1) AS minute_rows, toUInt64(observations) AS seen${metrics.join('')}
    FROM ${database}.city_minutes FINAL
    WHERE minute >= ${instant(`fineFrom${run}`)} AND minute < ${instant(`fineTo${run}`)} ${query.cities}`;
}

function quarters(database: string, query: PaneSourceQuery, exceptRuns: number): string {
  const metrics = query.metrics.map(
    (metric) =>
      `, ${metric}_count AS ${metric}_c, ${metric}_sum AS ${metric}_s, ${metric}_min AS ${metric}_lo, ${metric}_max AS ${metric}_hi`,
  );
  let except = '';
  for (let i = 0; i < exceptRuns; i++)
    except += ` AND NOT (quarter >= ${instant(`fineFrom${i}`)} AND quarter < ${instant(`fineTo${i}`)})`;
  return `SELECT city_id, quarter AS at, toUInt64(minutes) AS minute_rows, observations AS seen${metrics.join('')}
    FROM ${database}.city_quarter_hours FINAL
    WHERE quarter >= ${instant('coarseFrom')} AND quarter < ${instant('coarseTo')}${except} ${query.cities}`;
}

function instant(parameter: string): string {
  return `toDateTime({${parameter}:UInt32}, 'UTC')`;
}

function ceilQuarter(seconds: number): number {
  return Math.ceil(seconds / QUARTER_SECONDS) * QUARTER_SECONDS;
}

function floorQuarter(seconds: number): number {
  return Math.floor(seconds / QUARTER_SECONDS) * QUARTER_SECONDS;
}
