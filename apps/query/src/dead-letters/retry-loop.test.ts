import { createLogger } from '@isotherm/service-kit';
import { afterEach, describe, expect, it } from 'vitest';
import { createSharedReads } from '../analytics/shared-reads.ts';
import { createFakeDeadLetters, INCARNATION, lateLetter } from '../testing/fake-dead-letters.ts';
import { createFakeReplayPort } from '../testing/fake-replay-port.ts';
import { createLetterMetrics } from './letter-metrics.ts';
import { createLetterReplayer } from './letter-replayer.ts';
import { createLetterStore } from './letter-store.ts';
import { type RetryLoop, startRetryLoop } from './retry-loop.ts';
import { createSerialQueue } from './serial-queue.ts';

const INTERVAL_MS = 5000;
let loop: RetryLoop;
afterEach(() => loop.close());

/** A loop on a clock that stands still until told to go on. */
function setUp() {
  const analytics = createFakeDeadLetters();
  const port = createFakeReplayPort();
  const lines: { level: number; msg: string }[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const state = { nowMs: 1_000_000, pauses: [] as number[] };
  let wake = Promise.withResolvers<void>();
  let asleep = Promise.withResolvers<void>();
  const runtime = {
    async sleep(delayMs: number, signal?: AbortSignal) {
      state.pauses.push(delayMs);
      signal?.addEventListener('abort', () => wake.resolve(), { once: true });
      asleep.resolve();
      await wake.promise;
      wake = Promise.withResolvers();
      state.nowMs += delayMs;
    },
  };
  const shared = createSharedReads(() => 0, { maxAnswers: 1, maxReads: 8, limitMs: 10_000 });
  const store = createLetterStore({ analytics, shared }, { incarnation: INCARNATION });
  loop = startRetryLoop(
    {
      store,
      replayer: createLetterReplayer({ store, port, runtime }, { incarnation: INCARNATION }),
      queue: createSerialQueue(4),
      metrics: createLetterMetrics(),
      clock: () => state.nowMs,
      runtime,
      logger: createLogger({ service: 'test', destination }),
    },
    { intervalMs: INTERVAL_MS },
  );
  return {
    analytics,
    port,
    lines,
    state,
    /** Lets the pause pass and the round after it. */
    async round() {
      asleep = Promise.withResolvers();
      wake.resolve();
      await asleep.promise;
    },
  };
}

function waiting(id: readonly [number, number, number], nextAttemptMs: number, attempts = 0) {
  return lateLetter(id, { state: 'waiting', nextAttemptMs, attempts });
}

describe('The retries', () => {
  it('replay letters when they are due, in order, and parked ones never', async () => {
    const { analytics, port, state, round } = setUp();
    const dueMs = state.nowMs + 2 * INTERVAL_MS;
    analytics.letters = [waiting([0, 5, 0], dueMs), waiting([0, 4, 1], dueMs, 1), lateLetter([0, 3, 0])];
    await round();
    expect(port.replays).toEqual([]);
    await round();
    expect(port.replays.flat().map(({ offset, attempt }) => [offset, attempt])).toEqual([
      [4n, 2],
      [5n, 1],
    ]);
  });

  it('wait for the outcome of an attempt before they send a letter again', async () => {
    const { analytics, port, state, round } = setUp();
    analytics.letters = [waiting([0, 5, 0], state.nowMs)];
    for (let i = 0; i < 3; i += 1) await round();
    expect(port.replays).toHaveLength(1);
    // The outcome arrives: it failed again, and is due once more.
    analytics.letters = [waiting([0, 5, 0], state.nowMs, 1)];
    await round();
    expect(port.replays.flat().map(({ attempt }) => attempt)).toEqual([1, 2]);
    // An outcome that never arrives is not waited for forever.
    for (let i = 0; i < 12; i += 1) await round();
    expect(port.replays.flat().map(({ attempt }) => attempt)).toEqual([1, 2, 2]);
  });

  it('look past letters that cannot be replayed', async () => {
    const { analytics, port, state, round } = setUp();
    const damaged = {
      observation: new Uint8Array(),
      cityId: '',
      state: 'waiting',
      nextAttemptMs: state.nowMs,
    } as const;
    analytics.letters = [
      ...Array.from({ length: 10_500 }, (_, row) => lateLetter([0, 1, row], damaged)),
      waiting([1, 0, 0], state.nowMs),
    ];
    await round();
    expect(port.replays).toEqual([]);
    await round();
    expect(port.replays.flat().map(({ partition }) => partition)).toEqual([1]);
  });

  it('wait longer after each failure, say so once, and go on when it is over', async () => {
    const { analytics, port, lines, state, round } = setUp();
    analytics.letters = [waiting([0, 5, 0], state.nowMs)];
    analytics.failure = new Error('the store is away');
    for (let i = 0; i < 6; i += 1) await round();
    expect(state.pauses).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
    expect(lines.map(({ msg }) => msg)).toEqual(['Dead letters could not be retried']);
    analytics.failure = undefined;
    await round();
    expect(port.replays).toHaveLength(1);
    expect(state.pauses.at(-1)).toBe(INTERVAL_MS);
    expect(lines.at(-1)?.msg).toBe('Dead letters are retried again');
  });

  it('end when the server closes', async () => {
    const { port, analytics, state } = setUp();
    analytics.letters = [waiting([0, 5, 0], state.nowMs)];
    await loop.close();
    expect(port.replays).toEqual([]);
  });
});
