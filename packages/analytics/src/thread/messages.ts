import type { MessagePort } from 'node:worker_threads';
import { type ErrorCode, type FieldViolation, IsothermError } from '@isotherm/service-kit';
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

/** What a caller asks of the engine's thread. */
export type BackendCall =
  | { readonly method: 'migrate' }
  | { readonly method: 'write'; readonly rows: EncodedRows }
  | { readonly method: 'history'; readonly query: HistoryQuery }
  | { readonly method: 'rank'; readonly query: RankQuery }
  | { readonly method: 'deadLetters'; readonly query: DeadLetterQuery }
  | { readonly method: 'countDeadLetters'; readonly filter: DeadLetterFilter }
  | { readonly method: 'removeDeadLetters'; readonly letters: readonly LetterOfLog[] }
  | { readonly method: 'totals' }
  | { readonly method: 'rollUp'; readonly quietMs: number | undefined };

/** From a caller to the engine's thread. `cancel` gives up a call: its reply will be an error. */
export type RequestMessage =
  | { readonly kind: 'call'; readonly id: number; readonly call: BackendCall }
  | { readonly kind: 'cancel'; readonly id: number };

/** What a call gives back; a write gives its bytes back to be used again. */
export type BackendResult =
  | undefined
  | Uint8Array<ArrayBuffer>
  | readonly HistoryRow[]
  | readonly RankRow[]
  | readonly StoredDeadLetter[]
  | readonly DeadLetterCount[]
  | StoreTotals;

/** From the engine's thread to a caller. */
export type ReplyMessage =
  | { readonly id: number; readonly ok: true; readonly result: BackendResult }
  | { readonly id: number; readonly ok: false; readonly error: WireError };

/** From the owner of the engine's thread to it. `abandon`: callers are cut off at once, only what runs now may end. */
export type ControlMessage =
  | { readonly kind: 'port'; readonly port: MessagePort }
  | { readonly kind: 'close' }
  | { readonly kind: 'abandon' };

/** From the engine's thread to its owner. */
export type StatusMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: WireError }
  | { readonly kind: 'closed' };

/** An IsothermError as plain data: structured cloning would make it a bare Error. */
export interface WireError {
  readonly code: ErrorCode;
  readonly id: string;
  readonly message: string;
  readonly advice: string;
  readonly retryAfterMs: number | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly FieldViolation[];
  /** Messages of the chain of causes, outermost first. */
  readonly causes: readonly string[];
}

/** An error on its way to another thread. */
export function toWire(error: IsothermError): WireError {
  const { code, id, message, advice, retryAfterMs, metadata, violations } = error;
  return { code, id, message, advice, retryAfterMs, metadata, violations, causes: causesOf(error.cause) };
}

/** The same error on the other side; its causes are errors with the same messages. */
export function fromWire(wire: WireError): IsothermError {
  const { causes, retryAfterMs, ...rest } = wire;
  const cause = causes.reduceRight<Error | undefined>(
    (inner, message) => new Error(message, inner === undefined ? undefined : { cause: inner }),
    undefined,
  );
  return new IsothermError({
    ...rest,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(cause === undefined ? {} : { cause }),
  });
}

function causesOf(cause: unknown): string[] {
  if (cause === undefined) return [];
  return cause instanceof Error ? [cause.message, ...causesOf(cause.cause)] : [String(cause)];
}
