import { type Runtime, systemRuntime, type Timer } from '@isotherm/runtime';

/** A runtime whose clock stands until it is moved. Sleeps end when the clock has passed them. */
export interface ManualRuntime extends Runtime {
  advance(ms: number): void;
}

/** Creates a runtime at the given time. */
export function manualRuntime(startMs = Date.UTC(2026, 0, 1)): ManualRuntime {
  let elapsedMs = 0;
  let serial = 0;
  const timers = new Set<{ readonly dueMs: number; readonly callback: () => void }>();
  const after = (delayMs: number, callback: () => void): Timer => {
    const timer = { dueMs: elapsedMs + delayMs, callback };
    timers.add(timer);
    return { cancel: () => void timers.delete(timer) };
  };
  return {
    now: () => startMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    random: () => Math.random(),
    uniqueId: () => `id-${serial++}`,
    after,
    every(intervalMs, callback) {
      let timer = after(intervalMs, function again() {
        timer = after(intervalMs, again);
        callback();
      });
      return { cancel: () => timer.cancel() };
    },
    soon: systemRuntime.soon,
    nextTurn: systemRuntime.nextTurn,
    sleep(delayMs, signal) {
      if (signal?.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = after(delayMs, resolve);
        signal?.addEventListener('abort', () => {
          timer.cancel();
          resolve();
        });
      });
    },
    advance(ms) {
      const endMs = elapsedMs + ms;
      for (;;) {
        const [next] = [...timers].filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs);
        if (next === undefined) break;
        elapsedMs = Math.max(elapsedMs, next.dueMs);
        timers.delete(next);
        next.callback();
      }
      elapsedMs = endMs;
    },
  };
}
