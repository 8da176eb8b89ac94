/** Marks a missing value in a fixed-point column. */
export const MISSING_CENTI = -32768;

/** Set in a city reference that is an index into `cityStrings`; clear in one that is the numeric id itself. */
export const CITY_STRING_BIT = 0x8000_0000;

/** Slices without a producer carry this index. */
export const NO_PRODUCER = 0xffff;

/**
 * One value a row, in one of two exact encodings: hundredths as int16 with {@link MISSING_CENTI} for missing, or
 * float64 with NaN for missing where any value of the record needs more than two decimals or more range.
 */
export type ValueColumn =
  | { readonly kind: 'centi'; readonly values: Int16Array }
  | { readonly kind: 'wide'; readonly values: Float64Array };

/** A run of a producer: sequences count within it. Whose producer it is says the tenant of the slice: the id alone says nothing. */
export interface Producer {
  readonly id: string;
  readonly session: bigint;
}

/** The slices of a record, in row order: slice i owns rows [rowEnd[i-1] ?? 0, rowEnd[i]). */
export interface SliceColumns {
  readonly count: number;
  /** Who sent it: index into `tenants`. */
  readonly tenant: Uint16Array;
  /** Index into `producers`, or {@link NO_PRODUCER}. */
  readonly producer: Uint16Array;
  readonly rowEnd: Uint32Array;
  readonly sequence: Float64Array;
  /** Milliseconds since the epoch; NaN without a producer. */
  readonly createdAtMs: Float64Array;
  /** Digest of the slice's rows as sent, rejected ones included, independent of their order. */
  readonly digestLow: Uint32Array;
  readonly digestHigh: Uint32Array;
}

/** A row that was rejected on arrival; it travels inside its slice. */
export interface RejectedRow {
  /** Index of its slice within the record. */
  readonly slice: number;
  /** Row within the producer's batch. */
  readonly batchRow: number;
  /** A `RejectReason` of isotherm.ingest.v1. */
  readonly reason: number;
  /** The rule it broke, as the producer was told. */
  readonly message: string;
  /** The observation as isotherm.ingest.v1.Observation in protobuf's binary form. */
  readonly observation: Uint8Array;
}

/**
 * What a replay brings back: the letter of each row, accepted rows first, then the rejected ones, so that each array has
 * rowCount + rejectedRows.length entries. A letter is of the partition that the record is in.
 */
export interface ReplayColumns {
  /** Offset of the letter: of the record that its observation first came in. */
  readonly offset: Float64Array;
  /** Row of the letter within that record. */
  readonly row: Uint32Array;
  /** How often the letter was replayed, this time included: 1 for the first. */
  readonly attempt: Uint16Array;
  /** When the observation first came in, ms since the epoch. */
  readonly firstSeenMs: Float64Array;
}

/** Observations of one partition: the slices of one group commit. Arrays have one entry a row and are valid until the reader decodes the next record. */
export interface ObservationsRecord {
  readonly kind: 'observations';
  readonly rowCount: number;
  /** A numeric id below 2^31, or {@link CITY_STRING_BIT} | index into `cityStrings`. */
  readonly cityRef: Uint32Array;
  readonly cityStrings: readonly string[];
  /** Observation time = baseMs + observedOffsetMs[row]. */
  readonly baseMs: number;
  /** Exact to the millisecond; float64 where the times of the record lie more than 2³² ms (49 days) apart. */
  readonly observedOffsetMs: Uint32Array | Float64Array;
  readonly temperature: ValueColumn;
  readonly humidity: ValueColumn;
  readonly wind: ValueColumn;
  /** 0 for none, otherwise 1 + index into `sensorStrings`. Undefined when no row has one. */
  readonly sensor: Uint16Array | undefined;
  readonly sensorStrings: readonly string[];
  readonly slices: SliceColumns;
  /** Names of the tenants whose slices these are. */
  readonly tenants: readonly string[];
  readonly producers: readonly Producer[];
  /** Decoded when first read; its objects are the caller's to keep. */
  readonly rejectedRows: readonly RejectedRow[];
  /** W3C `traceparent` of the span that appended the record, to be linked to; empty when it was not sampled. Decides no value. */
  readonly traceParent: string;
  /** Undefined unless the record brings dead letters back. */
  readonly replay: ReplayColumns | undefined;
}

/** Time passed without observations: what it says is its append stamp, which is the log's. */
export interface TickRecord {
  readonly kind: 'tick';
}

/** A city was removed, or its attributes changed. */
export interface CityChangeRecord {
  readonly kind: 'cityChange';
  readonly cityId: string;
  readonly change: 'removed' | 'upserted';
  /** isotherm.city.v1.City in protobuf's binary form; empty when removed. */
  readonly city: Uint8Array;
}

/** Anything a partition of the log holds. When it was appended is no part of it: the log says so. */
export type LogRecord = ObservationsRecord | TickRecord | CityChangeRecord;
