import { IsothermError } from '@isotherm/service-kit';
import type { HistoryQuery, HistoryResolution, HistoryRow } from '../analytics-store.ts';
import type { QueryParameters } from '../clickhouse-engine.ts';
import { minuteCentre } from '../schema/tables.ts';
import { METRIC_COLUMNS, meanOf } from './metric-columns.ts';

/** A statement with its parameters, and how its rows become points. */
export interface HistoryStatement {
  readonly statement: string;
  readonly parameters: QueryParameters;
  readonly toRow: (row: readonly unknown[]) => HistoryRow;
}

const DAY_SECONDS = 86_400;
/** A day in any zone is at most 25 hours; two make room for zones that jumped further in the past. */
const LONGEST_DAY_SECONDS = 2 * DAY_SECONDS;
const LAST_SECOND = 4_294_967_295;

type Width = Exclude<HistoryResolution, 'raw' | 'minute'>;

/** Metrics of a point, in the order of its columns after start and count. */
const POINT_COLUMNS: readonly (keyof HistoryRow)[] = [
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

/** A page of minutes or of wider points, oldest first. Points belong to a span by their start and are always whole. */
export function historyStatement(database: string, query: HistoryQuery, settings: string): HistoryStatement {
  return query.resolution === 'minute'
    ? minuteHistory(database, query, settings)
    : bucketHistory(database, query, query.resolution as Width, settings);
}

function minuteHistory(database: string, query: HistoryQuery, settings: string): HistoryStatement {
  const extreme = (metric: string, side: 'below' | 'above') =>
    `if(${metric}_count = 0, NULL, (${minuteCentre(metric)} ${side === 'below' ? '-' : '+'} ${metric}_${side}) / 100)`;
  const columns = [
    ...pointColumns(
      (metric) => extreme(metric, 'below'),
      (metric) => extreme(metric, 'above'),
    ),
    ...['5m', '1h', '24h'].map((window) =>
      meanOf(`heat_index_${window}_sum`, `heat_index_${window}_count`, METRIC_COLUMNS.heatIndex.unitsPerOne),
    ),
  ];
  return {
    statement: `SELECT toUnixTimestamp(minute), observations, ${columns.join(', ')}
      FROM ${database}.city_minutes FINAL
      WHERE city_id = {city:String} AND ${minuteSpan('from', 'to')}
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

function bucketHistory(database: string, query: HistoryQuery, width: Width, settings: string): HistoryStatement {
  const sum = (column: string) => `sum(${column})`;
  const columns = pointColumns(
    (metric) =>
      `if(${sum(`${metric}_count`)} = 0, NULL, minIf(${minuteCentre(metric)} - ${metric}_below, ${metric}_count > 0) / 100)`,
    (metric) =>
      `if(${sum(`${metric}_count`)} = 0, NULL, maxIf(${minuteCentre(metric)} + ${metric}_above, ${metric}_count > 0) / 100)`,
    sum,
  );
  const from = Math.max(ceilSeconds(query.fromMs), afterSeconds(query) + 1);
  const to = ceilSeconds(query.toMs);
  return {
    statement: `SELECT toUnixTimestamp(${bucketStart(width)}) AS start, sum(observations), ${columns.join(', ')}
      FROM ${database}.city_minutes FINAL
      WHERE city_id = {city:String} AND ${minuteSpan('from', 'until')}
      GROUP BY start HAVING start >= {from:UInt32} AND start < {to:UInt32}
      ORDER BY start LIMIT {limit:UInt32} ${settings}`,
    parameters: {
      city: query.cityId,
      from,
      to,
      until: Math.min(LAST_SECOND, to + LONGEST_DAY_SECONDS),
      limit: query.limit,
      ...(width === 'day' ? { zone: checkedZone(query.timeZone) } : {}),
    },
    toRow: toPoint,
  };
}

function pointColumns(
  minimum: (metric: string) => string,
  maximum: (metric: string) => string,
  total: (column: string) => string = (column) => column,
): string[] {
  const mean = (name: keyof typeof METRIC_COLUMNS) => {
    const { prefix, unitsPerOne } = METRIC_COLUMNS[name];
    return meanOf(total(`${prefix}_sum`), total(`${prefix}_count`), unitsPerOne);
  };
  return [
    mean('temperature'),
    minimum('temperature'),
    maximum('temperature'),
    mean('humidity'),
    mean('wind'),
    maximum('wind'),
    mean('heatIndex'),
    minimum('heat_index'),
    maximum('heat_index'),
  ];
}

function bucketStart(width: Width): string {
  switch (width) {
    case 'quarterHour':
      return "toStartOfInterval(minute, INTERVAL 15 MINUTE, 'UTC')";
    case 'hour':
      return "toStartOfHour(minute, 'UTC')";
    case 'day':
      return 'toStartOfDay(minute, {zone:String})';
  }
}

function minuteSpan(from: string, to: string): string {
  return `minute >= toDateTime({${from}:UInt32}, 'UTC') AND minute < toDateTime({${to}:UInt32}, 'UTC')`;
}

function toPoint(row: readonly unknown[]): HistoryRow {
  const [start, count, ...values] = row;
  const point: Record<string, unknown> = { startMs: Number(start) * 1000, count: Number(count) };
  for (const [i, column] of POINT_COLUMNS.entries()) point[column] = values[i] ?? undefined;
  return point as unknown as HistoryRow;
}

function ceilSeconds(milliseconds: number): number {
  return Math.min(LAST_SECOND, Math.max(0, Math.ceil(milliseconds / 1000)));
}

function afterSeconds(query: HistoryQuery): number {
  return query.after === undefined ? -1 : Math.floor(query.after.startMs / 1000);
}

function checkedZone(timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch (cause) {
    throw new IsothermError({
      code: 'INVALID_ARGUMENT',
      id: 'ANALYTICS_TIME_ZONE',
      message: `'${timeZone}' is not a time zone of the IANA database.`,
      advice: 'Use a name such as Europe/Berlin or UTC.',
      cause,
    });
  }
}
