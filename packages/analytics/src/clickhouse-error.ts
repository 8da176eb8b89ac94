import { type ErrorCode, IsothermError } from '@isotherm/service-kit';

interface KnownError {
  readonly code: ErrorCode;
  readonly id: string;
  readonly message: string;
  readonly advice: string;
  readonly retryAfterMs?: number;
}

/** By the engine's error number: src/Common/ErrorCodes.cpp of ClickHouse. */
const KNOWN: Readonly<Record<string, KnownError>> = {
  159: {
    code: 'DEADLINE_EXCEEDED',
    id: 'ANALYTICS_QUERY_TIMEOUT',
    message: 'The analytical query took longer than its limit.',
    advice: 'Ask for a shorter span or a coarser resolution.',
  },
  160: {
    code: 'DEADLINE_EXCEEDED',
    id: 'ANALYTICS_QUERY_TIMEOUT',
    message: 'The analytical query would take longer than its limit.',
    advice: 'Ask for a shorter span or a coarser resolution.',
  },
  241: {
    code: 'RESOURCE_EXHAUSTED',
    id: 'ANALYTICS_QUERY_MEMORY',
    message: 'The analytical query needs more memory than its limit.',
    advice: 'Ask for a shorter span, fewer cities or a coarser resolution.',
    retryAfterMs: 2_000,
  },
  243: {
    code: 'UNAVAILABLE',
    id: 'ANALYTICS_DISK_FULL',
    message: 'The analytical store has no room left on its disk.',
    advice: 'Free space or move the data directory; writing goes on by itself then.',
    retryAfterMs: 5_000,
  },
  252: {
    code: 'UNAVAILABLE',
    id: 'ANALYTICS_MERGING',
    message: 'The analytical store has too many parts to take another insert.',
    advice: 'Wait for merges; send fewer, larger inserts.',
    retryAfterMs: 1_000,
  },
  242: {
    code: 'UNAVAILABLE',
    id: 'ANALYTICS_READ_ONLY',
    message: 'The ClickHouse server takes no writes: its replica has lost Keeper.',
    advice: 'Check Keeper; writing goes on by itself then.',
    retryAfterMs: 1_000,
  },
  516: {
    code: 'UNAVAILABLE',
    id: 'ANALYTICS_CREDENTIALS',
    message: 'The ClickHouse server refuses the credentials.',
    advice: 'Check analytics.clickHouse.credentialsDirectory and the user at the server; it is tried again.',
    retryAfterMs: 5_000,
  },
  60: {
    code: 'FAILED_PRECONDITION',
    id: 'ANALYTICS_NOT_MIGRATED',
    message: 'The analytical store lacks a table.',
    advice: 'Run its migrations first.',
  },
  81: {
    code: 'FAILED_PRECONDITION',
    id: 'ANALYTICS_NOT_MIGRATED',
    message: 'The analytical store lacks its database.',
    advice: 'Run its migrations first.',
  },
};

/** Whatever the client or the engine threw, as the one error family. The engine's own words stay in the cause. */
export function toAnalyticsError(thrown: unknown): IsothermError {
  if (thrown instanceof IsothermError) return thrown;
  const known = KNOWN[engineCode(thrown)];
  if (known !== undefined) return new IsothermError({ ...known, cause: thrown });
  if (isAbort(thrown)) return cancelled(thrown);
  if (isUnreachable(thrown)) return unreachable(thrown);
  return new IsothermError({
    code: 'INTERNAL',
    id: 'ANALYTICS_FAILED',
    message: 'The analytical store failed.',
    advice: 'Its log has the cause.',
    cause: thrown,
  });
}

/** The error of a caller who went away. */
export function cancelled(cause?: unknown): IsothermError {
  return new IsothermError({
    code: 'DEADLINE_EXCEEDED',
    id: 'CANCELLED',
    message: 'The call was cancelled.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function engineCode(thrown: unknown): string {
  if (!(thrown instanceof Error)) return '';
  const code = (thrown as Error & { code?: unknown }).code;
  if (typeof code === 'string' && /^\d+$/.test(code)) return code;
  // A file of ours met the full disk before the engine did.
  if (code === 'ENOSPC') return '243';
  return /Code: (\d+)\. DB::Exception/.exec(thrown.message)?.[1] ?? '';
}

function isAbort(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  if (thrown.name === 'AbortError' || thrown.name === 'ChdbAbortError') return true;
  return /abort/i.test(thrown.message) || (thrown.cause !== undefined && isAbort(thrown.cause));
}

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EPIPE',
  'EAI_AGAIN',
]);

function isUnreachable(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  if (NETWORK_CODES.has(String((thrown as Error & { code?: unknown }).code))) return true;
  return /socket hang up|Timeout error/i.test(thrown.message) || isUnreachable(thrown.cause);
}

function unreachable(cause: unknown): IsothermError {
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: 'ANALYTICS_UNREACHABLE',
    message: 'The ClickHouse server cannot be reached.',
    advice: 'Check its URL and that it runs; writing goes on by itself then.',
    retryAfterMs: 1_000,
    cause,
  });
}
