import { asIsothermError } from '../error-details.ts';
import { IsothermError, type IsothermErrorOptions } from '../isotherm-error.ts';

/** An IsothermError as plain data: structured cloning would make it a bare Error. */
export interface PlainError extends Omit<IsothermErrorOptions, 'cause'> {
  /** Messages of the chain of causes, outermost first; stacks of causes that are no IsothermErrors. */
  readonly causes: readonly string[];
}

/** Anything thrown, on its way to another thread. */
export function toPlainError(thrown: unknown): PlainError {
  const { code, id, message, advice, metadata, violations, retryAfterMs, cause } = asIsothermError(thrown);
  const plain = { code, id, message, advice, metadata, violations, causes: causesOf(cause) };
  return retryAfterMs === undefined ? plain : { ...plain, retryAfterMs };
}

/** The same error on the other side; its causes are errors with the same words. */
export function fromPlainError({ causes, ...options }: PlainError): IsothermError {
  const cause = causes.reduceRight<Error | undefined>(
    (inner, message) => new Error(message, inner === undefined ? undefined : { cause: inner }),
    undefined,
  );
  return new IsothermError(cause === undefined ? options : { ...options, cause });
}

function causesOf(cause: unknown): string[] {
  if (cause === undefined) return [];
  if (!(cause instanceof Error)) return [String(cause)];
  const words = cause instanceof IsothermError ? cause.message : (cause.stack ?? cause.message);
  return [words, ...causesOf(cause.cause)];
}
