import type { Runtime, Timer } from '@isotherm/runtime';
import { backoffMs } from './backoff.ts';
import type { QueueMetrics } from './metrics.ts';

/**
 * Keys that wait to be worked on. A key is in it at most once, and never worked on twice at the same time: one that is
 * added while it is worked on comes again afterwards. So it holds at most as many entries as there are objects.
 */
export interface WorkQueue {
  add(key: string): void;
  /** Adds later. A key has one timer: the earlier of two wins. */
  addAfter(key: string, delayMs: number): void;
  /** Adds after a back-off that grows with every retry since the last `forget`. @returns the delay in ms. */
  retry(key: string): number;
  /** The key went well: its back-off starts anew. */
  forget(key: string): void;
  /** The next key, or undefined once the queue is closed. `done` must follow. */
  take(): Promise<string | undefined>;
  done(key: string): void;
  /** Hands out no more keys; waiting `take`s resolve with undefined. */
  close(): void;
  readonly depth: number;
}

/** Options of {@link createWorkQueue}. */
export interface WorkQueueOptions {
  /** First back-off. Default 100. */
  readonly firstRetryMs?: number;
  /** Longest back-off. Default 60,000. */
  readonly maxRetryMs?: number;
}

/** What the queue is made of. */
export interface WorkQueueDeps {
  readonly runtime: Runtime;
  readonly metrics: QueueMetrics;
}

/** Creates a queue. */
export function createWorkQueue(deps: WorkQueueDeps, options: WorkQueueOptions = {}): WorkQueue {
  const { runtime, metrics } = deps;
  const { firstRetryMs = 100, maxRetryMs = 60_000 } = options;
  /** Keys to hand out, in order, with the time they were added. */
  const ready = new Map<string, number>();
  /** Keys being worked on, with the time they were taken. */
  const working = new Map<string, number>();
  /** Keys to come again when they are done. */
  const again = new Set<string>();
  const timers = new Map<string, { readonly dueMs: number; readonly timer: Timer }>();
  const failures = new Map<string, number>();
  const takers: ((key: string | undefined) => void)[] = [];
  let closed = false;

  function hand(key: string, addedMs: number): void {
    const nowMs = runtime.monotonicMs();
    metrics.waited(nowMs - addedMs);
    working.set(key, nowMs);
  }

  function add(key: string): void {
    if (closed) return;
    metrics.added();
    if (working.has(key)) {
      again.add(key);
      return;
    }
    if (ready.has(key)) return;
    const taker = takers.shift();
    if (taker === undefined) {
      ready.set(key, runtime.monotonicMs());
      return;
    }
    hand(key, runtime.monotonicMs());
    taker(key);
  }

  function addAfter(key: string, delayMs: number): void {
    if (closed) return;
    if (delayMs <= 0) {
      add(key);
      return;
    }
    const dueMs = runtime.monotonicMs() + delayMs;
    const waiting = timers.get(key);
    if (waiting !== undefined) {
      if (waiting.dueMs <= dueMs) return;
      waiting.timer.cancel();
    }
    const timer = runtime.after(delayMs, () => {
      timers.delete(key);
      add(key);
    });
    timers.set(key, { dueMs, timer });
  }

  metrics.observeDepth(() => ready.size);
  metrics.observeUnfinished(() => [...working.values()].map((takenMs) => runtime.monotonicMs() - takenMs));

  return {
    add,
    addAfter,
    retry(key) {
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      const delayMs = backoffMs(count, { firstMs: firstRetryMs, maxMs: maxRetryMs, random: () => runtime.random() });
      metrics.retried();
      addAfter(key, delayMs);
      return delayMs;
    },
    forget(key) {
      failures.delete(key);
    },
    take() {
      if (closed) return Promise.resolve(undefined);
      const first = ready.entries().next().value;
      if (first === undefined) return new Promise((resolve) => takers.push(resolve));
      const [key, addedMs] = first;
      ready.delete(key);
      hand(key, addedMs);
      return Promise.resolve(key);
    },
    done(key) {
      const takenMs = working.get(key);
      if (takenMs === undefined) throw new Error(`${key} is not being worked on`);
      metrics.worked(runtime.monotonicMs() - takenMs);
      working.delete(key);
      if (again.delete(key)) add(key);
    },
    close() {
      closed = true;
      for (const { timer } of timers.values()) timer.cancel();
      timers.clear();
      ready.clear();
      for (const taker of takers.splice(0)) taker(undefined);
    },
    get depth() {
      return ready.size;
    },
  };
}
