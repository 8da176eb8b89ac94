import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTokenBucket } from './token-bucket.ts';

const rate = fc.record({
  perSecond: fc.integer({ min: 1, max: 1_000_000 }),
  burstSeconds: fc.integer({ min: 1, max: 10 }),
});
const request = fc.record({ afterMs: fc.nat({ max: 3_000 }), tokens: fc.integer({ min: 1, max: 50_000 }) });
const requests = fc.array(request, { maxLength: 60 });

describe('A token bucket', () => {
  it('lets pass, from any moment on, no more than its burst, what flows in since, and one request', () => {
    fc.assert(
      fc.property(rate, requests, (given, arriving) => {
        let nowMs = 0;
        const bucket = createTokenBucket(given, () => nowMs);
        const passed: { readonly atMs: number; readonly tokens: number }[] = [];
        for (const { afterMs, tokens } of arriving) {
          nowMs += afterMs;
          if (bucket.waitMs() > 0) continue;
          bucket.take(tokens);
          passed.push({ atMs: nowMs, tokens });
        }
        for (const [first, { atMs: fromMs }] of passed.entries()) {
          let sum = 0;
          let largest = 0;
          for (const { atMs, tokens } of passed.slice(first)) {
            sum += tokens;
            largest = Math.max(largest, tokens);
            const most = given.perSecond * (given.burstSeconds + (atMs - fromMs) / 1000) + largest;
            expect(sum).toBeLessThanOrEqual(most + 1e-6 * most);
          }
        }
      }),
    );
  });

  it('lets a request pass once the wait it named is over, and not before', () => {
    fc.assert(
      fc.property(rate, requests, (given, arriving) => {
        let nowMs = 0;
        const bucket = createTokenBucket(given, () => nowMs);
        for (const { afterMs, tokens } of arriving) {
          nowMs += afterMs;
          const waitMs = bucket.waitMs();
          if (waitMs > 1) {
            nowMs += waitMs - 2;
            expect(bucket.waitMs()).toBeGreaterThan(0);
            nowMs += 2;
          } else {
            nowMs += waitMs;
          }
          expect(bucket.waitMs()).toBe(0);
          bucket.take(tokens);
        }
      }),
    );
  });

  it('is as it was where what was taken is given back at once', () => {
    fc.assert(
      fc.property(rate, fc.integer({ min: 1, max: 1_000_000 }), (given, tokens) => {
        const bucket = createTokenBucket(given, () => 0);
        bucket.take(tokens);
        bucket.giveBack(tokens);
        expect(bucket.full).toBe(true);
      }),
    );
  });

  it('takes a clock that steps back for one that stands still', () => {
    let nowMs = 10_000;
    const bucket = createTokenBucket({ perSecond: 1, burstSeconds: 1 }, () => nowMs);
    bucket.take(3);
    const waitMs = bucket.waitMs();
    nowMs = 0;
    expect(bucket.waitMs()).toBe(waitMs);
    nowMs = waitMs;
    expect(bucket.waitMs()).toBe(0);
  });
});
