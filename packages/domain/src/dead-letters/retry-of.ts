/**
 * Reasons (DeadLetterReason of isotherm.deadletter.v1) that can pass by themselves: TIME_IN_FUTURE, TOO_MANY_CITIES, POISON, STATE_FULL. What
 * any other says of an observation will be as true later.
 */
export const PASSING_REASONS = [3, 8, 14, 15] as const;

/** Options of {@link retryOf}. */
export interface RetryOptions {
  /** Delay before each retry, in ms, counted from the failure before it. After the last one a letter is parked. Default 60,000 and 600,000. */
  readonly delaysMs: readonly number[];
}

/** Defaults of {@link RetryOptions}. */
export const RETRY_DEFAULTS: RetryOptions = { delaysMs: [60_000, 600_000] };

/** A failure to count an observation. */
export interface LetterFailure {
  /** DeadLetterReason of isotherm.deadletter.v1. */
  readonly reason: number;
  /** Replays so far: 0 where it failed on arrival. */
  readonly attempts: number;
  /** When it failed, in log time: ms since the epoch. */
  readonly atMs: number;
}

/** What becomes of a letter after a failure. */
export type LetterRetry =
  | { readonly state: 'waiting'; readonly nextAttemptMs: number }
  /** Only people replay it now. */
  | { readonly state: 'parked' };

/** Whether and when a dead letter is tried again by itself. */
export function retryOf(failure: LetterFailure, options: RetryOptions = RETRY_DEFAULTS): LetterRetry {
  const delayMs = options.delaysMs[failure.attempts];
  if (delayMs === undefined || !PASSING_REASONS.some((reason) => reason === failure.reason)) return { state: 'parked' };
  return { state: 'waiting', nextAttemptMs: failure.atMs + delayMs };
}
