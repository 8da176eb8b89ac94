import type { Timer } from '@isotherm/runtime';
import type { Prng } from '@isotherm/testkit';

interface Event {
  readonly atMs: number;
  /** Events of the same moment happen in an order that the seed decides. */
  readonly tie: number;
  callback: (() => void) | undefined;
}

/** Simulated time. Nothing happens but by an event, one after the other, in an order that follows from the seed alone. */
export interface Scheduler {
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Events that have happened. */
  readonly steps: number;
  /** Calls back after a delay. */
  after(delayMs: number, callback: () => void): Timer;
  /** Lets events happen until the condition holds. @returns false when `limitMs` of simulated time pass before. */
  runUntil(condition: () => boolean, limitMs: number): Promise<boolean>;
}

/** Creates a scheduler whose time begins at `startMs`. */
export function createScheduler(prng: Prng, startMs: number): Scheduler {
  const heap: Event[] = [];
  let nowMs = startMs;
  let steps = 0;

  const before = (a: Event, b: Event): boolean => (a.atMs === b.atMs ? a.tie < b.tie : a.atMs < b.atMs);

  function push(event: Event): void {
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  function pop(): Event | undefined {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
      if (!before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }

  return {
    get nowMs() {
      return nowMs;
    },
    get steps() {
      return steps;
    },
    after(delayMs, callback) {
      const event: Event = { atMs: nowMs + Math.max(0, delayMs), tie: prng.uint32(), callback };
      push(event);
      return {
        cancel() {
          event.callback = undefined;
        },
      };
    },
    async runUntil(condition, limitMs) {
      const endMs = nowMs + limitMs;
      while (!condition()) {
        const event = pop();
        if (event === undefined) return condition();
        if (event.callback === undefined) continue;
        if (event.atMs > endMs) {
          push(event);
          nowMs = endMs;
          return false;
        }
        nowMs = event.atMs;
        steps += 1;
        event.callback();
        // A turn of the real event loop: all promises that can settle have settled afterwards.
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
      return true;
    },
  };
}
