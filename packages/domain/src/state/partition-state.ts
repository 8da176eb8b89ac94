import type { LogRecord, ResultSettings } from '@isotherm/records';
import type { MinuteRows } from './minute-rows.ts';

/** Why an applied record holds rows that are not in the results: kept until the dead-letter sink has passed the record. */
export interface Exception {
  readonly offset: number;
  /**
   * `rejected`: the record has rejected rows that count; one a record. `replay`: the record is a replay; one a record.
   * `replayed`: a row of a replay whose letter counts already; rejected rows follow the accepted ones.
   */
  readonly kind:
    | 'duplicate'
    | 'sequenceConflict'
    | 'batchExpired'
    | 'late'
    | 'tooManyCities'
    /** The tenant may take no more of the partition's memory. */
    | 'stateFull'
    | 'rejected'
    | 'poison'
    | 'replay'
    | 'replayed';
  /** Slice concerned; -1 where the whole record is. */
  readonly slice: number;
  /** Row within the record; -1 where the whole slice is. */
  readonly row: number;
  /** A sentence for people, empty where the kind says it all. */
  readonly message: string;
}

/** Counters since the log began: pure functions of the prefix applied. Units: observations. */
export interface PartitionCounters {
  readonly applied: number;
  /** In slices skipped as duplicates, and rows of replays that count already. */
  readonly duplicate: number;
  /** Accepted on arrival, but late, or in conflicting or expired batches. */
  readonly dead: number;
  /** Rejected on arrival. */
  readonly rejected: number;
  /** Applied, and in minute rows that are stored. */
  readonly stored: number;
}

/** The newest observation of a city and what is known of it. NaN marks a missing value. Times in ms since the epoch. */
export interface CitySnapshot {
  readonly cityId: string;
  readonly slot: number;
  readonly observedMs: number;
  readonly watermarkMs: number;
  readonly temperatureCelsius: number;
  readonly humidityPercent: number;
  readonly windMps: number;
  readonly heatIndexCelsius: number;
  /** QualityFlag of isotherm.type.v1. */
  readonly quality: number;
  readonly observations: number;
}

/** Aggregate of one metric over a window; count 0 leaves the others NaN. */
export interface MetricAggregate {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

/** Rolling window of a city that ends at its newest minute, both ends included. */
export interface RollingSnapshot {
  readonly minutes: number;
  /** Observations in it. */
  readonly count: number;
  readonly heatIndex: MetricAggregate;
  readonly temperature: MetricAggregate;
  readonly humidity: MetricAggregate;
  readonly wind: MetricAggregate;
  /** Minutes whose maximum reaches caution, extreme caution, danger, extreme danger. */
  readonly riskMinutes: readonly [number, number, number, number];
}

/** Told when a city completes an hour (its first observation of a later hour arrived). Used by forecasts. */
export interface HourObserver {
  /**
   * `hour` is hours since the epoch; means are NaN where nothing was measured. Called in order of a city's hours;
   * hours without observations are not reported, and late readings do not report an hour again. It must not throw.
   */
  hourCompleted(slot: number, hour: number, meanTemperature: number, meanHumidity: number, meanWind: number): void;
  /** The city left the partition; its slot will be used again. */
  cityRemoved(slot: number): void;
}

/** Rows handed out to be stored; call exactly one of the two. */
export interface PendingRows {
  readonly rows: MinuteRows;
  /** The rows are stored. */
  stored(): void;
  /** They are not: they will be handed out again. */
  failed(): void;
}

/** Where a record is in the log, and when the log took it. */
export interface RecordPlace {
  readonly offset: number;
  /** The log's append stamp, ms since the epoch: log time is its running maximum. */
  readonly appendMs: number;
}

/**
 * The state of one partition: a pure function of the prefix of the log applied to it. Reads no clock and no randomness.
 * Records are validated whole before anything changes: a record whose application throws leaves the state as it was.
 */
export interface PartitionState {
  readonly partition: number;
  readonly settings: ResultSettings;
  /** Offset after the last record applied. */
  readonly appliedOffset: number;
  /** Running maximum of the stamps applied, ms since the epoch. */
  readonly logTimeMs: number;
  readonly cityCount: number;
  readonly counters: PartitionCounters;
  /** Lowest watermark of cities seen within the last 60 s of log time; NaN if there is none. */
  readonly watermarkMs: number;
  /** Minute rows waiting to be handed out or confirmed. */
  readonly rowsPending: number;
  /** Newest observation of any city, ms since the epoch; NaN without one. */
  readonly newestObservedMs: number;

  /**
   * Applies the record at a place whose offset must be `appliedOffset` (a gap left by a corrupt record is passed with {@link skip}).
   * @returns false without having changed anything, if too many rows wait outside the ring of panes, because their city
   * has moved on by more than two hours, or a million exceptions wait for the dead-letter sink: store them, then call again.
   * @throws RangeError if the record makes no sense; nothing has changed then either.
   */
  apply(place: RecordPlace, record: LogRecord): boolean;
  /** Passes over the records up to `offset`, the last of which cannot be applied, noting it as an exception of kind poison. */
  skip(offset: number, reason: string): void;

  /** Slots ever used: slot < slotCount. */
  readonly slotCount: number;
  slotOf(cityId: string): number | undefined;
  /** Empty for a slot whose city was removed. */
  cityIdOf(slot: number): string;
  /** @throws RangeError if the slot holds no city. */
  snapshot(slot: number): CitySnapshot;
  /**
   * A window of 0 to 1,440 minutes.
   * @throws RangeError for others, or if the slot holds no city.
   */
  rolling(slot: number, minutes: number): RollingSnapshot;

  /** Slots changed since the last call, each once. The array is valid until the next call. */
  takeChanged(): Uint32Array;

  /** Every row that depends on records before this offset is stored: the lowest offset that dirtied a pane still waiting, or appliedOffset. */
  readonly storedOffset: number;
  /**
   * Rows of closed panes not yet stored, at most `maxRows`; undefined if there is none. One batch at a time.
   * `includeOpen` (default false) hands out open panes too, so that a reader need not wait for them to close: such a
   * row is true at its version and is replaced when the pane goes on.
   */
  takeRows(maxRows: number, options?: { readonly includeOpen?: boolean }): PendingRows | undefined;

  /** Whether this letter was replayed with success, as far as the last million of them go. */
  replayed(offset: number, row: number): boolean;

  /** Exceptions with `from` <= offset < `before`, oldest first. Default of `from`: the oldest that is kept. */
  exceptions(before: number, from?: number): readonly Exception[];
  /** Forgets exceptions with offset < `before`: their dead letters are stored. */
  forgetExceptions(before: number): void;

  /** Sessions seen within the last hour of log time. */
  producers(): readonly {
    readonly tenant: string;
    readonly id: string;
    readonly session: bigint;
    /** Highest sequence that counted; 0 where none did. */
    readonly sequence: number;
    readonly lastSeenMs: number;
    readonly observations: number;
  }[];

  /** What each tenant takes of the partition's memory, as far as limits count it, in bytes. */
  tenants(): readonly { readonly tenant: string; readonly bytes: number }[];

  /**
   * What changed since the last segment was taken, or everything. The bytes are the caller's. Includes what the
   * observer's state needs through `extra`. Its first {@link segmentHeadBytes} say where the others belong.
   */
  takeSegment(kind: 'full' | 'delta', extra?: Uint8Array): Uint8Array;
  /** Bytes that a full segment would have, about. */
  readonly fullSegmentBytes: number;
}
