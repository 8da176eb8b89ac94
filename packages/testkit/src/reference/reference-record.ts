/** An observation, as the reference model sees it. Undefined marks a value that was not measured. */
export interface ReferenceRow {
  readonly cityId: string;
  /** Milliseconds since the epoch. */
  readonly observedMs: number;
  /** °C. */
  readonly temperature?: number | undefined;
  /** Percent, up to 105. */
  readonly humidity?: number | undefined;
  /** Metres per second. */
  readonly wind?: number | undefined;
}

/** Who sent a slice. */
export interface ReferenceProducer {
  readonly id: string;
  readonly session: bigint;
  readonly sequence: number;
  /** When the batch was made, ms since the epoch. */
  readonly createdAtMs: number;
}

/** The rows of one batch in one partition. */
export interface ReferenceSlice {
  /** Whose producer it is. Default: empty, nobody in particular. */
  readonly tenant?: string | undefined;
  readonly producer?: ReferenceProducer;
  readonly rows: readonly ReferenceRow[];
  /** Rows rejected on arrival, as JSON of city, time, temperature, humidity and wind. Default none. */
  readonly rejected?: readonly string[];
}

/** Identity of a dead letter of the partition: the record its observation first came in, and its row there. */
export interface ReferenceLetter {
  readonly offset: number;
  readonly row: number;
}

/** Observations of a partition. */
export interface ReferenceObservations {
  readonly kind: 'observations';
  readonly appendMs: number;
  readonly slices: readonly ReferenceSlice[];
  /** Makes it a replay: the letter of each row, those of the slices' rows first, then those of their rejected ones. */
  readonly replay?: readonly ReferenceLetter[];
}

/** A record of a partition's log. */
export type ReferenceRecord =
  | ReferenceObservations
  | { readonly kind: 'tick'; readonly appendMs: number }
  | { readonly kind: 'cityRemoved'; readonly appendMs: number; readonly cityId: string };

/** What results depend on besides the records. Defaults are the product's. */
export interface ReferenceSettings {
  /** Default NWS. */
  readonly formula?: 'NWS' | 'ROTHFUSZ';
  /** Default 5,000. */
  readonly outOfOrdernessMs?: number;
  /** Default 3,600,000. */
  readonly allowedLatenessMs?: number;
  /** Default: no limit. */
  readonly maxCities?: number;
}
