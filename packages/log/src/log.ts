import type { IsothermError } from '@isotherm/service-kit';

/** A record to append. */
export interface LogAppend {
  readonly partition: number;
  /** The record; the log does not look inside. The caller must not change it until the append settles. */
  readonly bytes: Uint8Array;
  /** What the record counts for in the partition's ledger: its observations. Default 0. */
  readonly weight?: number;
}

/** What became of one record of an append. */
export type RecordOutcome =
  /** It is durable: readers see it. */
  | { readonly kind: 'kept'; readonly offset: number; readonly appendMs: number }
  /** It is not in the log and never will be. */
  | { readonly kind: 'notKept'; readonly error: IsothermError }
  /** It may be in the log, now or later. The producer sends its batch again under the same sequence. */
  | { readonly kind: 'unknown'; readonly error: IsothermError };

/**
 * Appends records. Appends of one writer to a partition are kept in call order: a record that is kept lies after every
 * record of an earlier call that is kept.
 */
export interface LogWriter {
  /**
   * Resolves when the outcome of every record is known, in the order of the group. Records of a group in the same
   * partition have outcomes of the same kind.
   *
   * Rejects only where nothing was attempted, with LOG_MISUSE, LOG_CLOSED, LOG_FENCED (an earlier append failed so that
   * nothing is appended any more), LOG_FULL, LOG_DISK_LOW or LOG_BUSY.
   */
  append(group: readonly LogAppend[]): Promise<readonly RecordOutcome[]>;
}

/** A durable record. */
export interface LogEntry {
  readonly partition: number;
  /** Dense within the partition, from 0. */
  readonly offset: number;
  /** Of a poll: valid until the next `poll` of the same reader; copy what must live longer. */
  readonly bytes: Uint8Array;
  /**
   * The log's own append stamp, ms since the epoch. Within a partition it never falls, except where the log is written
   * by several machines whose clocks differ: take the running maximum.
   */
  readonly appendMs: number;
}

/** A record that could not be read: reported once, then skipped. Every record is an entry or a corruption. */
export interface LogCorruption {
  readonly partition: number;
  readonly offset: number;
  readonly reason: string;
}

/** A partition that cannot be read further. It is reported once, after all that could be read, and is then unassigned. */
export interface HaltedPartition {
  readonly partition: number;
  /** LOG_TRUNCATED: records after the reader's position are no longer kept. Others say that the log was lost or replaced. */
  readonly error: IsothermError;
}

/** What a poll found, each partition's in offset order: entries, or corruptions, never both. */
export interface LogBatch {
  readonly entries: readonly LogEntry[];
  readonly corruptions: readonly LogCorruption[];
  readonly halted: readonly HaltedPartition[];
}

/** Options of a poll. */
export interface PollOptions {
  /** Bytes of entries, about: one entry may exceed it. */
  readonly maxBytes: number;
  /** How long to wait for the first record. Default: no limit; 0: not at all. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

/** Reads durable records of the partitions assigned to it, each in order. One consumer at a time. */
export interface LogReader extends AsyncDisposable {
  /**
   * Starts reading these partitions at these offsets, beside those it reads already. A waiting poll begins to return
   * them. A partition read already: LOG_MISUSE.
   * @throws LOG_TRUNCATED if an offset lies before the oldest record kept, LOG_BEYOND_END if it lies after the end: then
   * nothing is assigned.
   */
  assign(positions: ReadonlyMap<number, number>): Promise<void>;
  /** Stops reading them: no later poll returns anything of theirs. One that is not read: nothing. */
  unassign(partitions: Iterable<number>): void;
  /**
   * Resolves with at least one entry, corruption or halted partition, and with what else is there up to `maxBytes`, or
   * a turn's work; waits for the first if there is none. Resolves empty when `signal` aborts or `waitMs` pass.
   */
  poll(options: PollOptions): Promise<LogBatch>;
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

/** What is known and done about the log besides appending and reading in order. */
export interface LogAdmin {
  /** Identity of the log, 16 hexadecimal digits: of two logs, the one made later has the greater one. */
  readonly incarnation: string;
  /** Fixed when the log is made. */
  readonly partitionCount: number;
  /**
   * Bytes fixed when the log was made, before its first record, whoever opens it later with others: the encoded result
   * settings.
   */
  readonly settings: Uint8Array;
  /** Extents of the partitions named, from the log itself. */
  extents(partitions: Iterable<number>): Promise<ReadonlyMap<number, PartitionExtent>>;
  /**
   * Reads one durable record; undefined if it is not kept any more, never was or cannot be read. Its bytes are the
   * caller's.
   */
  readAt(partition: number, offset: number): Promise<LogEntry | undefined>;
  /** Allows the log to drop records before these offsets. It may keep more. */
  trim(keepFrom: ReadonlyMap<number, number>): Promise<void>;
  /** Bytes used on disk; 0 where unknown. */
  sizeBytes(): Promise<number>;
}

/**
 * A partitioned, durable, append-only log.
 *
 * Durable means: survives a crash of the machine. Readers see nothing that is not durable. After a failed sync the log
 * is fenced: records under way are `unknown`, every later append rejects with `LOG_FENCED`, and the process is expected
 * to exit; a page that failed to sync is never retried.
 */
export interface Log extends LogWriter, LogAdmin, AsyncDisposable {
  /** Opens a reader of these partitions (default none): see {@link LogReader.assign}. */
  openReader(positions?: ReadonlyMap<number, number>): Promise<LogReader>;
  /** Settles what is under way, ends the readers, and lets go of what is held. Idempotent. */
  close(): Promise<void>;
}
