import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSendWindow } from './send-window.ts';

describe('a send window', () => {
  it('never lets a sequence run further ahead of the oldest open one than its size, and hands all out in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.nat(20), { minLength: 1, maxLength: 60 }),
        async (size, releases) => {
          const window = createSendWindow(size);
          const open: number[] = [];
          const handed: number[] = [];
          const waiting = Array.from({ length: releases.length + size }, () =>
            window.acquire().then((sequence) => {
              open.push(sequence);
              handed.push(sequence);
              expect(sequence - Math.min(...open)).toBeLessThan(size);
            }),
          );
          for (const pick of releases) {
            await new Promise(setImmediate);
            window.release(open.splice(pick % open.length, 1)[0]!);
          }
          while (handed.length < waiting.length) {
            await new Promise(setImmediate);
            window.release(open.shift()!);
          }
          await Promise.all(waiting);
          expect(handed).toEqual(handed.map((_, index) => index + 1));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('forgets callers who gave up, and is idle when nothing is open', async () => {
    const window = createSendWindow(1);
    await window.acquire();
    const abort = new AbortController();
    const left = window.acquire(abort.signal);
    const next = window.acquire();
    abort.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    window.release(1);
    expect(await next).toBe(2);
    const idle = window.idle();
    window.release(2);
    window.release(2);
    await idle;
    expect(window.inFlight).toBe(0);
  });
});
