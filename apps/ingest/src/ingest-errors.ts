import type { WireError } from '@isotherm/observation-wire';
import { type FieldViolation, IsothermError } from '@isotherm/service-kit';
import { admissionRefused, ROOM_RETRY_MS } from './admission/admission-errors.ts';
import type { IngestLimits } from './ingest-options.ts';

/** How long a caller should wait for a server that is going away or lost its log, in ms. */
const RETRY_ELSEWHERE_MS = 1_000;

/** The batch cannot be taken as it is; nothing of it was kept. */
export function invalidBatch(violations: readonly FieldViolation[]): IsothermError {
  return new IsothermError({
    code: 'INVALID_ARGUMENT',
    id: 'BATCH_INVALID',
    message: `Nothing of the batch was kept: ${violations[0]?.description ?? 'its shape is wrong.'}`,
    advice: 'Correct the fields named and send it again.',
    violations,
  });
}

/** More waits for the disk than allowed; nothing of the batch was appended. */
export function ingestBusy(limits: IngestLimits, pendingBytes: number): IsothermError {
  return admissionRefused('INGEST_BUSY', {
    limit: limits.maxPendingBytes,
    value: pendingBytes,
    retryAfterMs: ROOM_RETRY_MS,
  });
}

/** The server drains: it takes nothing more. */
export function ingestDraining(): IsothermError {
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: 'INGEST_DRAINING',
    message: 'This server is going away and takes nothing more; nothing of the batch was kept.',
    advice: 'Connect again and send it under the same sequence.',
    retryAfterMs: RETRY_ELSEWHERE_MS,
  });
}

/** A message that could not be decoded. */
export function unreadableMessage(error: WireError, limits: IngestLimits): IsothermError {
  switch (error.problem) {
    case 'malformed':
      return new IsothermError({
        code: 'INVALID_ARGUMENT',
        id: 'MESSAGE_MALFORMED',
        message: `Nothing of it was kept: ${error.message}.`,
        advice: 'Encode it with code generated from the published protos.',
        cause: error,
      });
    case 'tooManyRows':
      return new IsothermError({
        code: 'INVALID_ARGUMENT',
        id: 'MESSAGE_TOO_MANY_ROWS',
        message: `Nothing of it was kept: ${error.message} (setting maxRowsPerMessage).`,
        advice: 'Send 1,000 to 5,000 rows a message.',
        metadata: { setting: 'maxRowsPerMessage', maxRowsPerMessage: String(limits.maxRowsPerMessage) },
        cause: error,
      });
    case 'tooManyBytes':
      return new IsothermError({
        code: 'INVALID_ARGUMENT',
        id: 'MESSAGE_TOO_LONG',
        message: `Nothing of it was kept: ${error.message} (setting maxMessageBytes).`,
        advice: 'Send 1,000 to 5,000 rows a message.',
        metadata: { setting: 'maxMessageBytes', maxMessageBytes: String(limits.maxMessageBytes) },
        cause: error,
      });
  }
}

/** The stream broke the order of its messages. */
export function streamMisuse(message: string): IsothermError {
  return new IsothermError({ code: 'INVALID_ARGUMENT', id: 'STREAM_MISUSE', message });
}

/** A stream's dictionary holds as much as it may. */
export function dictionaryFull(limits: IngestLimits): IsothermError {
  return new IsothermError({
    code: 'INVALID_ARGUMENT',
    id: 'DICTIONARY_FULL',
    message: `A dictionary of the stream would have more than ${limits.maxDictionaryEntries} entries (setting maxDictionaryEntries); nothing of the batch was kept.`,
    advice: 'Send each city and sensor once a stream, or open another stream.',
    metadata: { setting: 'maxDictionaryEntries', maxDictionaryEntries: String(limits.maxDictionaryEntries) },
  });
}

/** A failed append, as callers see it: a fenced log may be back after a restart, so that a retry helps. */
export function appendFailed(thrown: unknown): IsothermError {
  if (thrown instanceof IsothermError && (thrown.code === 'RESOURCE_EXHAUSTED' || thrown.retryable)) return thrown;
  const known = thrown instanceof IsothermError;
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: known ? thrown.id : 'LOG_APPEND_FAILED',
    message: known ? thrown.message : 'The log could not take the batch; none of its rows counts as kept.',
    advice: 'Send the whole batch again under the same sequence.',
    retryAfterMs: RETRY_ELSEWHERE_MS,
    cause: thrown,
  });
}

/** Ranges of rows that an error names at most: it may have to fit the trailers of a call. */
const MAX_NAMED_RANGES = 200;

/**
 * Some slices of a batch are not kept, as far as is known, and others are.
 *
 * @param batch the rows that are not kept, rising, and how many it has in all
 * @param failure of the first slice that is not kept
 */
export function batchPartlyKept(
  batch: { readonly rows: readonly number[]; readonly accepted: number; readonly rejected: number },
  failure: IsothermError,
): IsothermError {
  const { rows, accepted, rejected } = batch;
  const named = rangesOf(rows);
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: 'BATCH_PARTLY_KEPT',
    message: `${rows.length} of the batch's ${accepted + rejected} rows may not be kept: ${named} (${failure.message})`,
    advice:
      'Send the whole batch again under the same sequence: what is kept counts once. Without a producer_id it may count twice.',
    retryAfterMs: failure.retryAfterMs ?? RETRY_ELSEWHERE_MS,
    metadata: { rows: named, rowCount: String(rows.length), cause: failure.id },
    cause: failure,
  });
}

/** Rising numbers as text, `0-3,7`; one that is too long ends in `…`. */
function rangesOf(rows: readonly number[]): string {
  const ranges: string[] = [];
  for (let first = 0; first < rows.length; ) {
    let last = first;
    while (rows[last + 1] === rows[last]! + 1) last += 1;
    ranges.push(first === last ? `${rows[first]}` : `${rows[first]}-${rows[last]}`);
    first = last + 1;
  }
  return ranges.length <= MAX_NAMED_RANGES ? ranges.join(',') : `${ranges.slice(0, MAX_NAMED_RANGES).join(',')},…`;
}
