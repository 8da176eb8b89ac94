import type { MessagePort } from 'node:worker_threads';
import type { EncodedRows } from '../analytics-backend.ts';
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
} from '../analytics-store.ts';
import type { LetterOfLog } from '../queries/remove-dead-letters.ts';

/** What a caller asks of the engine's thread through a port. */
export type BackendCalls = {
  migrate: { argument: undefined; result: undefined };
  /** Gives the bytes back to be used again. */
  write: { argument: EncodedRows; result: Uint8Array<ArrayBuffer> };
  history: { argument: HistoryQuery; result: readonly HistoryRow[] };
  rank: { argument: RankQuery; result: readonly RankRow[] };
  deadLetters: { argument: DeadLetterQuery; result: readonly StoredDeadLetter[] };
  countDeadLetters: { argument: DeadLetterFilter; result: readonly DeadLetterCount[] };
  removeDeadLetters: { argument: readonly LetterOfLog[]; result: undefined };
  totals: { argument: undefined; result: StoreTotals };
  rollUp: { argument: number | undefined; result: undefined };
};

/** What the owner of the engine's thread asks of it. `abandon`: callers are cut off at once, only what runs now may end. */
export type AnalyticsThreadCalls = {
  /** Serves {@link BackendCalls} on a port. */
  attach: { argument: MessagePort; result: undefined };
  close: { argument: undefined; result: undefined };
  abandon: { argument: undefined; result: undefined };
};
