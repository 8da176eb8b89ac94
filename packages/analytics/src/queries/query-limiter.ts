import { IsothermError } from '@isotherm/service-kit';
import { cancelled } from '../clickhouse-error.ts';

/** Reads in flight at once. Overflow: refuse the newest. */
export interface QueryLimiter {
  run<T>(read: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/** A limiter that lets `maxReads` reads in and refuses more, before anything is asked of the engine. */
export function createQueryLimiter(maxReads: number): QueryLimiter {
  let running = 0;
  return {
    async run(read, signal) {
      if (signal?.aborted) throw cancelled(signal.reason);
      if (running >= maxReads) throw full(maxReads);
      running++;
      try {
        return await read();
      } finally {
        running--;
      }
    },
  };
}

function full(maxReads: number): IsothermError {
  return new IsothermError({
    code: 'RESOURCE_EXHAUSTED',
    id: 'ANALYTICS_BUSY',
    message: `The analytical store has ${maxReads} queries in flight and takes no more.`,
    advice: 'Ask again after a moment.',
    retryAfterMs: 500,
    metadata: { maxReads: String(maxReads) },
  });
}
