import type { IsothermClientError } from './client-error.ts';

/** How long and how often the client tries again. */
export interface RetryPolicy {
  /** Give up on a call or batch this long after its first attempt, in ms. 0 never retries. Default 120,000. */
  readonly maxElapsedMs: number;
  /** First pause where the platform names none, in ms; it doubles each time. Default 100. */
  readonly initialDelayMs: number;
  /** Longest pause, in ms; a longer one that the platform asks for is kept. Default 5,000. */
  readonly maxDelayMs: number;
}

export const DEFAULT_RETRY_POLICY: RetryPolicy = { maxElapsedMs: 120_000, initialDelayMs: 100, maxDelayMs: 5_000 };

/**
 * Pause before the next attempt in ms, undefined to give up. The platform's RetryInfo is a floor; jitter of up to half
 * the pause keeps callers from coming back together.
 *
 * @param attempt attempts made so far, from 1
 * @param random uniform in [0, 1)
 */
export function retryDelayMs(
  error: Pick<IsothermClientError, 'retryable' | 'retryAfterMs'>,
  attempt: number,
  options: { readonly policy: RetryPolicy; readonly elapsedMs: number; readonly random: () => number },
): number | undefined {
  if (!error.retryable) return undefined;
  const { policy, elapsedMs, random } = options;
  const backoff = Math.min(policy.maxDelayMs, policy.initialDelayMs * 2 ** Math.min(attempt - 1, 20));
  const delay = (error.retryAfterMs ?? backoff) * (1 + random() / 2);
  return elapsedMs + delay > policy.maxElapsedMs ? undefined : delay;
}
