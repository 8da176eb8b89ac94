import type { DeadLetterId, StoredDeadLetter } from '@isotherm/analytics';
import type { Runtime } from '@isotherm/runtime';
import { ANYBODY, type Logger } from '@isotherm/service-kit';
import type { Call, Clock } from '../call.ts';
import { letterIdText } from './letter-id.ts';
import type { LetterMetrics } from './letter-metrics.ts';
import type { LetterReplayer } from './letter-replayer.ts';
import { LETTERS_PER_PAGE, type LetterStore } from './letter-store.ts';
import type { SerialQueue } from './serial-queue.ts';

/** What the loop works with. */
export interface RetryLoopDeps {
  readonly store: LetterStore;
  readonly replayer: LetterReplayer;
  readonly queue: SerialQueue;
  readonly metrics: LetterMetrics;
  readonly clock: Clock;
  readonly runtime: Pick<Runtime, 'sleep'>;
  readonly logger: Logger;
}

/** Replays letters that wait when they are due. Several servers may run it: a letter counts once. */
export interface RetryLoop extends AsyncDisposable {
  /** Ends it; resolves when the round under way is over. Idempotent. */
  close(): Promise<void>;
}

/** Pages looked through in a round; the next round goes on after them. */
const PAGES_PER_ROUND = 5;
/** Rounds from one count of all letters to the next. */
const ROUNDS_PER_COUNT = 6;
/** How long the outcome of an attempt may take to reach the store before the letter is sent again, in ms. */
const SETTLES_WITHIN_MS = 60_000;
/** Letters remembered as sent; the oldest is forgotten first, and may then be sent once more. */
const MAX_REMEMBERED = 50_000;
const LONGEST_PAUSE_MS = 60_000;
const CALL_TIMEOUT_MS = 30_000;

/** Starts the loop. `intervalMs` is the time from one round to the next; after a failure it grows up to a minute. */
export function startRetryLoop(deps: RetryLoopDeps, options: { readonly intervalMs: number }): RetryLoop {
  const { store, replayer, queue, metrics, clock, runtime, logger } = deps;
  const closed = new AbortController();
  const { signal } = closed;
  const sent = createSentMemory();
  let after: DeadLetterId | undefined;
  let rounds = 0;

  function call(): Call {
    return { signal, deadlineMs: Date.now() + CALL_TIMEOUT_MS, caller: ANYBODY };
  }

  async function retry(due: readonly StoredDeadLetter[], nowMs: number): Promise<void> {
    const letters = due.filter((letter) => !sent.isSettling(letter, nowMs));
    if (letters.length === 0) return;
    try {
      const selection = { kind: 'ids' as const, ids: letters };
      const { replayed, refused } = await queue.run(signal, () => replayer.replay(selection, call()));
      metrics.retried('sent', replayed);
      metrics.retried('refused', refused);
      for (const letter of letters) sent.note(letter, nowMs);
    } catch (error) {
      metrics.retried('failed', letters.length);
      throw error;
    }
  }

  async function round(): Promise<void> {
    const nowMs = clock();
    for (let page = 0; page < PAGES_PER_ROUND && !signal.aborted; page += 1) {
      const due = await store.letters({ filter: { dueAtMs: nowMs }, limit: LETTERS_PER_PAGE, after }, call());
      after = due.length === LETTERS_PER_PAGE ? due.at(-1) : undefined;
      await retry(due, nowMs);
      if (after === undefined) break;
    }
    if (rounds % ROUNDS_PER_COUNT === 0) metrics.counted(await store.counts({}, call()));
    rounds += 1;
  }

  async function run(): Promise<void> {
    let pauseMs = options.intervalMs;
    let failing = false;
    for (;;) {
      await runtime.sleep(pauseMs, signal);
      if (signal.aborted) return;
      try {
        await round();
        if (failing) logger.info('Dead letters are retried again');
        failing = false;
        pauseMs = options.intervalMs;
      } catch (error) {
        if (signal.aborted) return;
        if (!failing) {
          const advice = 'They wait; check ingest and the analytical store.';
          logger.warn({ err: error, advice }, 'Dead letters could not be retried');
        }
        failing = true;
        pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      }
    }
  }

  const over = run();
  const close = () => {
    closed.abort();
    return over;
  };
  return { close, [Symbol.asyncDispose]: close };
}

/** Letters that were sent and whose outcome is not stored yet: their attempts have not changed. */
function createSentMemory() {
  const sent = new Map<string, { readonly attempts: number; readonly atMs: number }>();
  return {
    isSettling(letter: StoredDeadLetter, nowMs: number): boolean {
      const before = sent.get(letterIdText(letter));
      return before?.attempts === letter.attempts && nowMs - before.atMs < SETTLES_WITHIN_MS;
    },
    note(letter: StoredDeadLetter, nowMs: number): void {
      const key = letterIdText(letter);
      sent.delete(key);
      sent.set(key, { attempts: letter.attempts, atMs: nowMs });
      const [oldest] = sent.keys();
      if (sent.size > MAX_REMEMBERED && oldest !== undefined) sent.delete(oldest);
    },
  };
}
