/** A clock that stands still until it is moved. */
export interface FakeClock {
  /** Milliseconds since the epoch. A bare function: pass it wherever `now` is wanted. */
  readonly now: () => number;
  /** Calls back once when the time has come. Returns what cancels it. */
  setTimer(callback: () => void, delayMs: number): () => void;
  /** Resolves when the time has come, or rejects with the signal's reason. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /**
   * Moves time on, calling back timers in the order they are due, each at its own time; timers set meanwhile count too.
   * Promises get their turn after each timer.
   */
  advance(byMs: number): Promise<void>;
  /** Timers waiting. */
  readonly pendingTimers: number;
}

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** @param startMs default 2024-07-01T12:00:00Z. */
export function createFakeClock(startMs: number = Date.UTC(2024, 6, 1, 12)): FakeClock {
  let nowMs = startMs;
  const timers = new Set<Timer>();

  const nextDue = (untilMs: number): Timer | undefined => {
    let next: Timer | undefined;
    for (const timer of timers) {
      if (timer.dueMs <= untilMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer;
    }
    return next;
  };

  const setTimer = (callback: () => void, delayMs: number): (() => void) => {
    const timer = { dueMs: nowMs + Math.max(0, delayMs), callback };
    timers.add(timer);
    return () => {
      timers.delete(timer);
    };
  };

  return {
    now: () => nowMs,
    setTimer,
    sleep(delayMs, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        const abort = () => {
          cancel();
          reject(signal?.reason);
        };
        const cancel = setTimer(() => {
          signal?.removeEventListener('abort', abort);
          resolve();
        }, delayMs);
        signal?.addEventListener('abort', abort, { once: true });
      });
    },
    async advance(byMs) {
      const untilMs = nowMs + byMs;
      await settle();
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) {
        timers.delete(timer);
        nowMs = Math.max(nowMs, timer.dueMs);
        timer.callback();
        await settle();
      }
      nowMs = untilMs;
    },
    get pendingTimers() {
      return timers.size;
    },
  };
}

/** Lets every promise that is ready run, and those that they make ready. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
