import type {
  DeadLetterCount,
  DeadLetterFilter,
  DeadLetterQuery,
  HistoryQuery,
  HistoryRow,
  RankQuery,
  RankRow,
  StoredDeadLetter,
  StoreTotals,
} from './analytics-store.ts';
import type { LetterOfLog } from './queries/remove-dead-letters.ts';
import type { WrittenTable } from './schema/inserts.ts';

/** Rows encoded as blocks in Native format. */
export interface EncodedRows {
  readonly table: WrittenTable;
  readonly rowCount: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Quarter-hours the rows fall in, in seconds since the epoch; empty where the table has none. */
  readonly quarters: readonly number[];
}

/** An analytics store behind its encoding: what crosses threads. */
export interface AnalyticsBackend {
  migrate(): Promise<void>;
  /** Resolves once the rows are durable. The bytes are the backend's until then; they come back to be used again. */
  write(rows: EncodedRows): Promise<Uint8Array<ArrayBuffer>>;
  history(query: HistoryQuery, signal?: AbortSignal): Promise<readonly HistoryRow[]>;
  rank(query: RankQuery, signal?: AbortSignal): Promise<readonly RankRow[]>;
  deadLetters(query: DeadLetterQuery, signal?: AbortSignal): Promise<readonly StoredDeadLetter[]>;
  countDeadLetters(filter: DeadLetterFilter, signal?: AbortSignal): Promise<readonly DeadLetterCount[]>;
  /** Removes the rows of letters; they come back if they are written again. */
  removeDeadLetters(letters: readonly LetterOfLog[]): Promise<void>;
  totals(): Promise<StoreTotals>;
  /** Rolls up quarter-hours that nothing was written to for `quietMs` (default: as configured), now. */
  rollUp(quietMs?: number): Promise<void>;
  close(): Promise<void>;
}
