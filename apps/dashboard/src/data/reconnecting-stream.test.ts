import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runReconnectingStream } from './reconnecting-stream.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A stream that says nothing until it is aborted. */
async function* silent(signal: AbortSignal): AsyncGenerator<number> {
  await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
  yield 0;
}

describe('a stream that reconnects', () => {
  it('opens again with growing pauses, and starts over after a message', async () => {
    const closing = new AbortController();
    const opened: number[] = [];
    const scripts = [[], [], [], [1], [], []];
    const done = runReconnectingStream<number>({
      signal: closing.signal,
      silenceMs: 0,
      open: async function* () {
        yield* scripts[opened.push(Date.now()) - 1] ?? [];
      },
      onMessage: () => undefined,
      onLost: () => undefined,
    });
    await vi.advanceTimersByTimeAsync(30_000);
    closing.abort();
    await done;
    const pauses = opened.slice(1).map((at, i) => at - (opened[i] ?? 0));
    for (const [i, nominal] of [400, 800, 1600, 400, 800].entries()) {
      expect(pauses[i]).toBeGreaterThanOrEqual(nominal * 0.79);
      expect(pauses[i]).toBeLessThanOrEqual(nominal * 1.21);
    }
    expect(Math.max(...pauses)).toBeLessThanOrEqual(8_000 * 1.21);
  });

  it('gives up on a stream that fell silent', async () => {
    const closing = new AbortController();
    const reasons: unknown[] = [];
    const done = runReconnectingStream({
      signal: closing.signal,
      silenceMs: 5_000,
      open: silent,
      onMessage: () => undefined,
      onLost: (reason) => reasons.push(reason),
    });
    await vi.advanceTimersByTimeAsync(4_999);
    expect(reasons).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(reasons).toHaveLength(1);
    closing.abort();
    await done;
  });

  it('ends without a word when it is asked to', async () => {
    const closing = new AbortController();
    let losses = 0;
    const done = runReconnectingStream({
      signal: closing.signal,
      silenceMs: 0,
      open: silent,
      onMessage: () => undefined,
      onLost: () => losses++,
    });
    closing.abort();
    await done;
    expect(losses).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
