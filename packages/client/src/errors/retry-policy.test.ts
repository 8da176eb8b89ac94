import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IsothermClientError } from './client-error.ts';
import { DEFAULT_RETRY_POLICY as policy, retryDelayMs } from './retry-policy.ts';

const error = (retryAfterMs?: number) =>
  new IsothermClientError({ code: 'UNAVAILABLE', id: 'TEST', message: 'Later.', retryAfterMs });

describe('the pause before a retry', () => {
  it('is what the platform asked for at least, and half as much again at most', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 60_000, noNaN: true }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (asked, luck) => {
          const delay = retryDelayMs(error(asked), 1, { policy, elapsedMs: 0, random: () => luck })!;
          expect(delay).toBeGreaterThanOrEqual(asked);
          expect(delay).toBeLessThanOrEqual(asked * 1.5);
        },
      ),
    );
  });

  it('doubles up to its limit where the platform names none', () => {
    const delays = [1, 2, 3, 7, 50].map((attempt) =>
      retryDelayMs(error(), attempt, { policy, elapsedMs: 0, random: () => 0 }),
    );
    expect(delays).toEqual([100, 200, 400, 5000, 5000]);
  });

  it('is not taken once the time is up, nor for what no retry can mend', () => {
    expect(retryDelayMs(error(10), 1, { policy, elapsedMs: policy.maxElapsedMs, random: () => 0 })).toBeUndefined();
    const wrong = new IsothermClientError({ code: 'INVALID_ARGUMENT', id: 'TEST', message: 'No.' });
    expect(retryDelayMs(wrong, 1, { policy, elapsedMs: 0, random: () => 0 })).toBeUndefined();
  });
});
