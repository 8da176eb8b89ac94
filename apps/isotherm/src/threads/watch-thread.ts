import { setTimeout as sleep } from 'node:timers/promises';
import type { CallMap, WorkerClient } from '@isotherm/service-kit';

/** How patient a watch is. */
export interface WatchOptions {
  /** Time between an answer and the next ping in ms. Default 5,000. */
  readonly everyMs: number;
  /** Time a ping may stay unanswered in ms. Default 15,000. */
  readonly limitMs: number;
}

export const WATCH_DEFAULTS: WatchOptions = { everyMs: 5000, limitMs: 15_000 };

/**
 * Pings missed in a row after which a thread hangs. One is not enough: a process that was stopped for a while finds its
 * timers due before its threads' answers.
 */
const MISSED = 2;

/** Pings a thread until it ends. @returns true if it hangs: it is there, and answers nothing. */
export async function watchThread(
  thread: Pick<WorkerClient<CallMap>, 'ping' | 'ended'>,
  { everyMs, limitMs }: WatchOptions,
): Promise<boolean> {
  const over = new AbortController();
  const ended = thread.ended.then(() => {
    over.abort();
    return 'ended' as const;
  });
  for (let missed = 0; missed < MISSED; ) {
    await sleep(everyMs, undefined, { signal: over.signal, ref: false }).catch(() => undefined);
    const ping = thread.ping(limitMs).then(
      () => 'answered' as const,
      () => 'missed' as const,
    );
    // A thread that ended lets its calls fail as well: that is asked first.
    const outcome = await Promise.race([ended, ping]);
    if (over.signal.aborted || outcome === 'ended') return false;
    missed = outcome === 'answered' ? 0 : missed + 1;
  }
  return true;
}
