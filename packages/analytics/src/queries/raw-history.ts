import type { HistoryQuery, HistoryRow } from '../analytics-store.ts';
import type { HistoryStatement } from './history-point.ts';

/** Latest instant the table's DateTime64(3) can hold a comparison with: 2299-12-31. */
const LAST_MS = 10_413_791_999_000;

/** A page of observations in order of (time, partition, offset, row); every value is its own minimum and maximum. */
export function rawHistoryStatement(database: string, query: HistoryQuery, settings: string): HistoryStatement {
  const after = query.after;
  const key = '(observed_at, partition, offset, row)';
  const instant = (name: string) => `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`;
  const beyond =
    after === undefined
      ? ''
      : `AND ${key} > (${instant('afterMs')}, {partition:UInt16}, {offset:UInt64}, {row:UInt32})`;
  return {
    statement: `SELECT toUnixTimestamp64Milli(observed_at), partition, offset, row,
        ${['temperature_celsius', 'humidity_percent', 'wind_mps'].map((column) => `if(isNaN(${column}), NULL, ${column})`).join(', ')}
      FROM ${database}.observations FINAL
      WHERE city_id = {city:String} AND observed_at >= ${instant('from')} AND observed_at < ${instant('to')} ${beyond}
      ORDER BY ${key} LIMIT {limit:UInt32} ${settings}`,
    parameters: {
      city: query.cityId,
      from: clamp(Math.max(query.fromMs, after?.startMs ?? 0)),
      to: clamp(query.toMs),
      limit: query.limit,
      ...(after === undefined
        ? {}
        : {
            afterMs: clamp(after.startMs),
            partition: after.partition ?? 65_535,
            offset: after.offset ?? Number.MAX_SAFE_INTEGER,
            row: after.row ?? 4_294_967_295,
          }),
    },
    toRow,
  };
}

function toRow(row: readonly unknown[]): HistoryRow {
  const [startMs, partition, offset, index, temperature, humidity, wind] = row.map((value) =>
    value === null ? undefined : Number(value),
  );
  return {
    startMs: startMs as number,
    count: 1,
    temperature,
    temperatureMin: temperature,
    temperatureMax: temperature,
    humidity,
    wind,
    windMax: wind,
    heatIndex: undefined,
    heatIndexMin: undefined,
    heatIndexMax: undefined,
    rolling5m: undefined,
    rolling1h: undefined,
    rolling24h: undefined,
    position: { partition: partition as number, offset: offset as number, row: index as number },
  };
}

function clamp(milliseconds: number): number {
  return Math.min(LAST_MS, Math.max(0, Math.ceil(milliseconds)));
}
