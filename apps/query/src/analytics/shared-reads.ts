import { IsothermError } from '@isotherm/service-kit';
import { LRUCache } from 'lru-cache';
import type { Call, Clock } from '../call.ts';

/** Options of {@link createSharedReads}, all needed. */
export interface SharedReadsOptions {
  /** Answers kept; the one not asked for longest goes first. */
  readonly maxAnswers: number;
  /** Reads under way; further ones are refused. */
  readonly maxReads: number;
  /** Longest a read may take, whoever waits for it. */
  readonly limitMs: number;
}

/** Reads of the analytical store: equal ones run once, and answers are kept for a while. */
export interface SharedReads {
  /**
   * The answer for `key`, from memory if it is younger than `maxAgeMs`, else by `read`, which equal callers share and
   * which no caller's leaving ends. With `maxAgeMs` 0 it is neither kept nor shared.
   * @throws QUERY_TOO_SLOW past the caller's deadline or the limit, TOO_MANY_QUERIES
   */
  get<Answer>(
    key: string,
    options: { readonly maxAgeMs: number; readonly call: Call; read(signal: AbortSignal): Promise<Answer> },
  ): Promise<Answer>;
}

/** Creates shared reads; nothing is kept yet. */
export function createSharedReads(clock: Clock, options: SharedReadsOptions): SharedReads {
  const answers = new LRUCache<string, Promise<unknown>>({
    max: options.maxAnswers,
    ttlResolution: 0,
    perf: { now: clock },
  });
  let running = 0;

  async function run<Answer>(read: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
    if (running >= options.maxReads) throw tooManyQueries(options.maxReads);
    running += 1;
    const limit = AbortSignal.timeout(options.limitMs);
    try {
      return await unless(limit, read(limit), () => tooSlow(options.limitMs));
    } finally {
      running -= 1;
    }
  }

  function shared<Answer>(key: string, ttl: number, read: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
    const answer = run(read);
    answers.set(key, answer, { ttl });
    answer.catch(() => {
      if (answers.peek(key) === answer) answers.delete(key);
    });
    return answer;
  }

  return {
    async get<Answer>(
      key: string,
      { maxAgeMs, call, read }: { maxAgeMs: number; call: Call; read(signal: AbortSignal): Promise<Answer> },
    ) {
      // The key names the query and with it the type of its answer.
      const kept = maxAgeMs > 0 ? (answers.get(key) as Promise<Answer> | undefined) : undefined;
      const answer = kept ?? (maxAgeMs > 0 ? shared(key, maxAgeMs, read) : run(read));
      const leftMs = Math.max(0, Math.ceil(call.deadlineMs - Date.now()));
      return await unless(AbortSignal.any([call.signal, AbortSignal.timeout(leftMs)]), answer, () => tooSlow(leftMs));
    },
  };
}

/** The promise's outcome, or the error if the signal fires first. */
function unless<Value>(signal: AbortSignal, promise: Promise<Value>, error: () => Error): Promise<Value> {
  return new Promise((resolve, reject) => {
    const fired = () => reject(error());
    if (signal.aborted) fired();
    signal.addEventListener('abort', fired, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', fired));
  });
}

function tooSlow(ms: number): IsothermError {
  return new IsothermError({
    code: 'DEADLINE_EXCEEDED',
    id: 'QUERY_TOO_SLOW',
    message: `The analytical store did not answer within ${Math.round(ms)} ms.`,
    advice: 'Ask for a shorter span or a coarser resolution.',
  });
}

function tooManyQueries(limit: number): IsothermError {
  return new IsothermError({
    code: 'RESOURCE_EXHAUSTED',
    id: 'TOO_MANY_QUERIES',
    message: `${limit} analytical queries are under way, the most this server takes.`,
    advice: 'Ask again shortly.',
    retryAfterMs: 500,
    metadata: { limit: String(limit) },
  });
}
