import type { Runtime, Timer } from '@isotherm/runtime';

/** A runtime whose clock moves by what is slept, and whose sleeps are over at once. */
export function instantRuntime(random: () => number): Runtime {
  let nowMs = 0;
  let ids = 0;
  const never: Timer = { cancel: () => undefined };
  return {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    random,
    uniqueId: () => String(++ids),
    after: () => never,
    every: () => never,
    soon: () => never,
    nextTurn: async () => undefined,
    async sleep(delayMs) {
      nowMs += delayMs;
    },
  };
}
