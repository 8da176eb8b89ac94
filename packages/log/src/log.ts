/** A record to append. */
export interface LogAppend {
  readonly partition: number;
  /** The record; the log does not look inside. The caller must not change it until the append resolves. */
  readonly bytes: Uint8Array;
  /** What the record counts for in the partition's ledger: its observations. Default 0. */
  readonly weight?: number;
}

/** Where an appended group went: `offsets[i]` is the offset of the group's i-th record. */
export interface AppendResult {
  readonly offsets: readonly number[];
}

/** A durable record. */
export interface LogEntry {
  readonly partition: number;
  /** Dense within the partition, from 0. */
  readonly offset: number;
  /** Valid until the next `poll` of the same reader; copy what must live longer. */
  readonly bytes: Uint8Array;
}

/** A record that could not be read: reported once, then passed over. Every record is an entry or a corruption. */
export interface LogCorruption {
  readonly partition: number;
  readonly offset: number;
  readonly reason: string;
}

/** What a poll found, each partition's in offset order: entries, or corruptions, never both. */
export interface LogBatch {
  readonly entries: readonly LogEntry[];
  readonly corruptions: readonly LogCorruption[];
}

/** Reads durable records of chosen partitions, in order. One consumer at a time. */
export interface LogReader extends AsyncDisposable {
  /**
   * Resolves with at least one entry or corruption, and with what else is there up to `maxBytes` (one entry may exceed
   * it), or a turn's work; waits for the first if there is none. Resolves empty when `signal` aborts or `waitMs`
   * (default: no limit) pass.
   */
  poll(options: {
    readonly maxBytes: number;
    readonly waitMs?: number;
    readonly signal?: AbortSignal;
  }): Promise<LogBatch>;
  close(): Promise<void>;
}

/** Extent of a partition: records with start ≤ offset < end are readable. */
export interface PartitionExtent {
  /** Offset of the oldest record kept. */
  readonly start: number;
  /** Offset after the newest durable record. */
  readonly end: number;
  /** Sum of the weights of all records ever appended before `end`; undefined where the log does not keep it. */
  readonly weight: number | undefined;
}

/**
 * A partitioned, durable, append-only log.
 *
 * Durable means: survives a crash of the machine. Readers see nothing that is not durable. Appends of one writer are
 * durable in call order. After a failed sync the log is fenced: every later append rejects with `LOG_FENCED` and the
 * process is expected to exit; a page that failed to sync is never retried.
 */
export interface Log extends AsyncDisposable {
  /** Identity of the log, 16 hexadecimal digits: of two logs, the one made later has the greater one. */
  readonly incarnation: string;
  /** Fixed when the log is created. */
  readonly partitionCount: number;
  /** Appends a group: resolves once all of it is durable, rejects if none of it counts as kept. */
  append(group: readonly LogAppend[]): Promise<AppendResult>;
  /** Extent of every partition, by partition. */
  extents(): Promise<readonly PartitionExtent[]>;
  /**
   * Starts reading at the given offset of each partition named.
   * @throws LOG_TRUNCATED if an offset lies before the oldest record kept, LOG_BEYOND_END if it lies after the end.
   */
  openReader(positions: ReadonlyMap<number, number>): Promise<LogReader>;
  /**
   * Reads one durable record; undefined if it is not kept any more, never was or cannot be read. The bytes are the
   * caller's.
   */
  readAt(partition: number, offset: number): Promise<Uint8Array | undefined>;
  /** Allows the log to drop records before these offsets. It may keep more. */
  trim(keepFrom: ReadonlyMap<number, number>): Promise<void>;
  /** Bytes used on disk; 0 where unknown. */
  sizeBytes(): Promise<number>;
  close(): Promise<void>;
}
