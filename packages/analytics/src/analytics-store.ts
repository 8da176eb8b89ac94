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
  /** DeadLetterReason of isotherm.deadletter.v1. */
  readonly reason: number;
  readonly message: string;
  readonly cityId: string;
  /** The tenant that sent it; empty where the record was damaged. */
  readonly tenant: string;
  readonly producerId: string;
  readonly observedMs: number | undefined;
  readonly firstSeenMs: number;
  /** isotherm.ingest.v1.Observation in protobuf's binary form. */
  readonly observation: Uint8Array;
}

/** Where a dead letter stands: to be tried again by itself, left to people, counted at last, or thrown away. */
export type DeadLetterState = 'waiting' | 'parked' | 'replayed' | 'purged';

/** Identity of a dead letter: the record its observation first came in, and its row: accepted rows first, then rejected ones. */
export interface DeadLetterId {
  readonly partition: number;
  readonly offset: number;
  readonly row: number;
}

/** What a replay made of a dead letter. The letter itself never changes. */
export interface DeadLetterOutcome extends DeadLetterId {
  /** Offset of the record that brought it about: of two outcomes the one with the greater counts. */
  readonly at: number;
  readonly state: DeadLetterState;
  /** Replays so far. */
  readonly attempts: number;
  /** When it is due, ms since the epoch; undefined unless it waits. */
  readonly nextAttemptMs: number | undefined;
  /** Why it failed again: DeadLetterReason of isotherm.deadletter.v1; 0 where it did not. */
  readonly reason: number;
  /** Empty where it did not fail. */
  readonly message: string;
}

/** Which dead letters. What is left out does not restrict; times in ms since the epoch, from included, to not. */
export interface DeadLetterFilter {
  /** Reasons of first arrival. */
  readonly reasons?: readonly number[] | undefined;
  readonly cityId?: string | undefined;
  /** Default: all but purged, which are never found. */
  readonly states?: readonly DeadLetterState[] | undefined;
  readonly tenant?: string | undefined;
  readonly producerId?: string | undefined;
  readonly observedFromMs?: number | undefined;
  readonly observedToMs?: number | undefined;
  readonly seenFromMs?: number | undefined;
  readonly seenToMs?: number | undefined;
  /** Those that wait and are due at this time. */
  readonly dueAtMs?: number | undefined;
  /** At most 10,000. */
  readonly ids?: readonly DeadLetterId[] | undefined;
}

/** A page of dead letters, in order of (partition, offset, row). */
export interface DeadLetterQuery {
  readonly filter: DeadLetterFilter;
  /** From 1 to 10,000. */
  readonly limit: number;
  /** The last letter of the page before; undefined for the first page. */
  readonly after?: DeadLetterId | undefined;
}

/** A dead letter and what became of it. */
export interface StoredDeadLetter extends DeadLetter {
  /** The log it came in, 16 hexadecimal digits. Its id means nothing to another log. */
  readonly incarnation: string;
  readonly state: DeadLetterState;
  /** Replays so far. */
  readonly attempts: number;
  /** When it is due, ms since the epoch; undefined unless it waits. */
  readonly nextAttemptMs: number | undefined;
  /** Why it failed each time, oldest first: on arrival, and the last three replays that failed. */
  readonly causes: readonly { readonly reason: number; readonly message: string; readonly atOffset: number }[];
}

/** How many dead letters of one reason stand in one state. */
export interface DeadLetterCount {
  /** Reason of first arrival. */
  readonly reason: number;
  readonly state: DeadLetterState;
  readonly count: number;
  /** When the first and the last of them were first seen, ms since the epoch. */
  readonly oldestSeenMs: number;
  readonly newestSeenMs: number;
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
  /** Those not purged. */
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
  writeDeadLetterOutcomes(origin: RowOrigin, outcomes: readonly DeadLetterOutcome[]): Promise<void>;
  /** @throws IsothermError ANALYTICS_DEAD_LETTER_LIMIT if it asks for too many. */
  deadLetters(query: DeadLetterQuery, signal?: AbortSignal): Promise<readonly StoredDeadLetter[]>;
  /** By reason and state. @throws IsothermError ANALYTICS_DEAD_LETTER_LIMIT if `ids` are too many. */
  countDeadLetters(filter: DeadLetterFilter, signal?: AbortSignal): Promise<readonly DeadLetterCount[]>;
  /**
   * Throws letters away for good: they stay away, also where a sink writes them again after a crash. Ids without a
   * letter are passed over. @returns how many were thrown away. @throws IsothermError ANALYTICS_DEAD_LETTER_LIMIT
   */
  purgeDeadLetters(origin: RowOrigin, ids: readonly DeadLetterId[]): Promise<number>;
  history(query: HistoryQuery, signal?: AbortSignal): Promise<readonly HistoryRow[]>;
  rank(query: RankQuery, signal?: AbortSignal): Promise<readonly RankRow[]>;
  totals(): Promise<StoreTotals>;
  close(): Promise<void>;
}
