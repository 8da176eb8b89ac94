import type { DeadLetterOutcome } from '@isotherm/analytics';
import type { DeadLetterReason } from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { type Exception, RETRY_DEFAULTS, type RetryOptions, retryOf } from '@isotherm/domain';
import type { ObservationsRecord, ReplayColumns } from '@isotherm/records';
import { type LetterFailureKind, replayFailureOf } from './dead-letter-source.ts';
import { rowsOfSlice } from './record-rows.ts';

/** A record that replays dead letters, and what is wrong with it. */
export interface ReplaySource {
  readonly partition: number;
  readonly offset: number;
  /** When it was appended, by the log. */
  readonly appendMs: number;
  readonly record: ObservationsRecord;
  readonly letters: ReplayColumns;
  readonly exceptions: readonly Exception[];
}

/** What became of a row: why it failed, `settled` where its letter has its outcome already, undefined where it counts. */
type RowFate = { readonly reason: DeadLetterReason; readonly message: string } | 'settled' | undefined;

/**
 * What a replay made of its letters: those that count now are replayed; the others wait for another try, or are parked. A
 * letter that counted before has its outcome already, and gets none.
 */
export function replayOutcomesOf(source: ReplaySource, retry: RetryOptions = RETRY_DEFAULTS): DeadLetterOutcome[] {
  const { partition, offset, appendMs, letters } = source;
  const outcomes = new Map<string, DeadLetterOutcome>();
  for (const [row, fate] of fatesOf(source).entries()) {
    const id = { partition, offset: letters.offset[row] ?? 0, row: letters.row[row] ?? 0 };
    const key = `${id.offset}/${id.row}`;
    // The same letter twice in a record: once it counts, that is what became of it.
    if (fate === 'settled' || outcomes.get(key)?.state === 'replayed') continue;
    const attempts = letters.attempt[row] ?? 1;
    const done = { ...id, at: offset, attempts };
    outcomes.set(
      key,
      fate === undefined
        ? { ...done, state: 'replayed', nextAttemptMs: undefined, reason: 0, message: '' }
        : {
            ...done,
            ...fate,
            nextAttemptMs: undefined,
            ...retryOf({ reason: fate.reason, attempts, atMs: appendMs }, retry),
          },
    );
  }
  return [...outcomes.values()];
}

/** Fates of the accepted rows, then of the rejected ones. */
function fatesOf({ record, exceptions }: ReplaySource): RowFate[] {
  const fates: RowFate[] = Array.from({ length: record.rowCount }, () => undefined);
  for (const { reason, message } of record.rejectedRows) fates.push({ reason, message });
  for (const exception of exceptions) {
    switch (exception.kind) {
      case 'replay':
      case 'rejected':
        break;
      case 'replayed':
        fates[exception.row] = 'settled';
        break;
      case 'duplicate':
        settleSlice(fates, record, exception.slice);
        break;
      case 'poison':
        fates.fill(replayFailureOf(exception.kind, exception.message));
        break;
      default:
        failRows(fates, record, { ...exception, kind: exception.kind });
    }
  }
  return fates;
}

/** The slice came before: so did what became of its rows. */
function settleSlice(fates: RowFate[], record: ObservationsRecord, slice: number): void {
  fates.fill('settled', ...rowsOfSlice(record, slice));
  record.rejectedRows.forEach((rejected, index) => {
    if (rejected.slice === slice) fates[record.rowCount + index] = 'settled';
  });
}

/** A row, or the accepted rows of a slice. */
function failRows(
  fates: RowFate[],
  record: ObservationsRecord,
  { kind, slice, row, message }: Exception & { readonly kind: LetterFailureKind },
): void {
  const [from, to] = row >= 0 ? [row, row + 1] : rowsOfSlice(record, slice);
  fates.fill(replayFailureOf(kind, message), from, to);
}
