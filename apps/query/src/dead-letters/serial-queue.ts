import { IsothermError } from '@isotherm/service-kit';

/** Lets one through at a time; the others wait in line. */
export interface SerialQueue {
  /**
   * Runs the work when its turn comes. @throws REPLAYS_BUSY if too many wait already, and the signal's reason if it fires
   * before the turn comes.
   */
  run<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result>;
}

/** Creates one in which at most `maxWaiting` wait; further ones are refused. */
export function createSerialQueue(maxWaiting: number): SerialQueue {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  return {
    async run(signal, work) {
      signal.throwIfAborted();
      if (waiting > maxWaiting) throw replaysBusy(maxWaiting);
      waiting += 1;
      const before = last;
      const done = Promise.withResolvers<void>();
      // Who leaves the line keeps its place in it, which passes at once when its turn comes.
      last = before.then(() => done.promise);
      try {
        await turnOf(before, signal);
        return await work();
      } finally {
        waiting -= 1;
        done.resolve();
      }
    },
  };
}

function turnOf(turn: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const left = () => reject(signal.reason);
    signal.addEventListener('abort', left, { once: true });
    void turn.then(() => {
      signal.removeEventListener('abort', left);
      resolve();
    });
  });
}

function replaysBusy(maxWaiting: number): IsothermError {
  return new IsothermError({
    code: 'RESOURCE_EXHAUSTED',
    id: 'REPLAYS_BUSY',
    message: `One replay or purge runs and ${maxWaiting} wait for it, the most this server takes.`,
    advice: 'Ask again shortly.',
    retryAfterMs: 1000,
    metadata: { limit: String(maxWaiting) },
  });
}
