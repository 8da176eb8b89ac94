import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Runtime } from './runtime.ts';

/** The clock, timers and chance of this machine. */
export const systemRuntime: Runtime = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  random: () => Math.random(),
  uniqueId: () => randomUUID(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
  every(intervalMs, callback) {
    const timer = setInterval(callback, intervalMs).unref();
    return { cancel: () => clearInterval(timer) };
  },
  soon(callback) {
    const immediate = setImmediate(callback);
    return { cancel: () => clearImmediate(immediate) };
  },
  nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
  sleep: (delayMs, signal) =>
    sleep(delayMs, undefined, signal === undefined ? {} : { signal }).then(
      () => undefined,
      () => undefined,
    ),
};
