import { IsothermClientError } from '../errors/client-error.ts';
import type { BatchResult, ReadToken, RowRejection } from './batch-result.ts';

/** Rejected rows that are named, as in one ack. */
const MAX_REJECTIONS = 100;

/** One result of batches that were sent for one call, each with its rows. */
export function joinResults(parts: readonly { readonly rows: number; readonly result: BatchResult }[]): BatchResult {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only.result;
  const sum = (count: (result: BatchResult) => number) => parts.reduce((total, { result }) => total + count(result), 0);
  const rejections: RowRejection[] = [];
  let firstRow = 0;
  for (const { rows, result } of parts) {
    for (const rejection of result.rejections) rejections.push({ ...rejection, row: firstRow + rejection.row });
    firstRow += rows;
  }
  return {
    sequence: only?.result.sequence ?? 0,
    batches: parts.length,
    accepted: sum(({ accepted }) => accepted),
    rejected: sum(({ rejected }) => rejected),
    late: sum(({ late }) => late),
    duplicate: parts.every(({ result }) => result.duplicate),
    rejections: rejections.slice(0, MAX_REJECTIONS),
    readToken: joinTokens(parts.flatMap(({ result }) => result.readToken ?? [])),
  };
}

/** A token that sees what each of them sees. */
function joinTokens(tokens: readonly ReadToken[]): ReadToken | undefined {
  const [first] = tokens;
  if (first === undefined) return undefined;
  const offsets = new Map<number, bigint>();
  for (const token of tokens) {
    token.partitions.forEach((partition, index) => {
      const offset = token.offsets[index] ?? 0n;
      if (offset >= (offsets.get(partition) ?? 0n)) offsets.set(partition, offset);
    });
  }
  return { incarnation: first.incarnation, partitions: [...offsets.keys()], offsets: [...offsets.values()] };
}

/** The failure of a batch after others of the same call were kept. */
export function failedAfter(error: IsothermClientError, rowsKept: number): IsothermClientError {
  if (rowsKept === 0) return error;
  const { code, id, retryable, retryAfterMs, violations, metadata } = error;
  return new IsothermClientError({
    code,
    id,
    retryable,
    retryAfterMs,
    violations,
    message: `${error.message} Rows 0 to ${rowsKept - 1} are kept: send the others alone.`,
    metadata: { ...metadata, rows_kept: String(rowsKept) },
    cause: error,
  });
}
