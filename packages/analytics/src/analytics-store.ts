import type { MinuteRows } from '@isotherm/domain';

/** Version of a row: of two rows with the same key the greater one is true. incarnation ‖ applied offset. */
export interface RowOrigin {
  /** Incarnation of the log, 16 hexadecimal digits. */
  readonly incarnation: string;
}

/** Observations as they were sent, in columns. */
export interface RawRows {
  readonly partition: number;
  readonly rowCount: number;
  /** City of a row: index into `cityIds`. */
  readonly city: Uint32Array;
  readonly cityIds: readonly string[];
  /** Sensor of a row: index into `sensorIds`, where the empty string is none. */
  readonly sensor: Uint32Array;
  readonly sensorIds: readonly string[];
  readonly observedMs: Float64Array;
  /** NaN marks missing. */
  readonly temperatureCelsius: Float64Array;
  readonly humidityPercent: Float64Array;
  readonly windMps: Float64Array;
  readonly offset: Float64Array;
  readonly row: Uint32Array;
  readonly stampMs: Float64Array;
}

/** An observation that is not in the results, and why. */
export interface DeadLetter {
  readonly partition: number;
  readonly offset: number;
  readonly row: number;
  /** RejectReason of isotherm.ingest.v1. */
  readonly reason: number;
  readonly message: string;
  readonly cityId: string;
  readonly producerId: string;
  readonly observedMs: number | undefined;
  readonly firstSeenMs: number;
  /** isotherm.ingest.v1.Observation in protobuf's binary form. */
  readonly observation: Uint8Array;
}

/** Width of a history point. */
export type HistoryResolution = 'raw' | 'minute' | 'quarterHour' | 'hour' | 'day';

/** Metric to rank by. */
export type RankMetric = 'heatIndex' | 'temperature' | 'humidity' | 'wind';

/**
 * A city's past, one page. Instants in ms since the epoch; from included, to not. A point belongs to the span by its
 * start and is always whole: a day that began before `fromMs` is left out.
 */
export interface HistoryQuery {
  readonly cityId: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly resolution: HistoryResolution;
  /** IANA zone in which days begin; other resolutions ignore it. */
  readonly timeZone: string;
  /** At most this many points. */
  readonly limit: number;
  /** Only points that start after this; undefined for the first page. For raw, with the row after which to go on. */
  readonly after:
    | { readonly startMs: number; readonly partition?: number; readonly offset?: number; readonly row?: number }
    | undefined;
}

/**
 * A point of a history in °C, %, m/s; undefined where nothing was measured. Rolling values are those of minutes and
 * undefined in wider points; raw rows have no heat index, and are their own minimum and maximum.
 */
export interface HistoryRow {
  readonly startMs: number;
  readonly count: number;
  readonly temperature: number | undefined;
  readonly temperatureMin: number | undefined;
  readonly temperatureMax: number | undefined;
  readonly humidity: number | undefined;
  readonly wind: number | undefined;
  readonly windMax: number | undefined;
  readonly heatIndex: number | undefined;
  readonly heatIndexMin: number | undefined;
  readonly heatIndexMax: number | undefined;
  readonly rolling5m: number | undefined;
  readonly rolling1h: number | undefined;
  readonly rolling24h: number | undefined;
  /** Raw rows only. */
  readonly position?: { readonly partition: number; readonly offset: number; readonly row: number };
}

/** A ranking. */
export interface RankQuery {
  readonly metric: RankMetric;
  readonly ascending: boolean;
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
  /** Only these cities; undefined for all. */
  readonly cityIds: readonly string[] | undefined;
}

/** A ranked city: mean of the metric in °C, % or m/s. */
export interface RankRow {
  readonly cityId: string;
  readonly value: number;
  readonly count: number;
}

/** Totals of what is stored, for ledgers and tests. */
export interface StoreTotals {
  readonly minuteRows: number;
  /** Observations in minute rows. */
  readonly observations: number;
  readonly rawRows: number;
  readonly deadLetters: number;
  readonly bytesOnDisk: number;
}

/** Where results are kept for analysis. Writes may be repeated: the same row again changes nothing a query returns. */
export interface AnalyticsStore extends AsyncDisposable {
  /** Creates or upgrades tables, under a lock. Idempotent. Before anything else, once a process. */
  migrate(): Promise<void>;
  /** Resolves once the rows are durable. */
  writeMinuteRows(origin: RowOrigin, batches: readonly MinuteRows[]): Promise<void>;
  writeRawRows(origin: RowOrigin, batches: readonly RawRows[]): Promise<void>;
  writeDeadLetters(origin: RowOrigin, letters: readonly DeadLetter[]): Promise<void>;
  history(query: HistoryQuery, signal?: AbortSignal): Promise<readonly HistoryRow[]>;
  rank(query: RankQuery, signal?: AbortSignal): Promise<readonly RankRow[]>;
  totals(): Promise<StoreTotals>;
  close(): Promise<void>;
}
