/** How far a producer may run ahead of its oldest unanswered batch: what the platform remembers to count once. */
export const MAX_IN_FLIGHT = 32;

/**
 * Hands out sequences, from 1, at most `size` ahead of the oldest one not yet released. Bounded: callers wait in order.
 */
export interface SendWindow {
  /** Resolves with the next sequence once it may be sent. Rejects with the signal's reason. */
  acquire(signal?: AbortSignal): Promise<number>;
  /** The batch of that sequence is answered. */
  release(sequence: number): void;
  /** Batches not yet answered. */
  readonly inFlight: number;
  /** Resolves when nothing is in flight. */
  idle(): Promise<void>;
}

/** A window of `size` batches. */
export function createSendWindow(size: number): SendWindow {
  const open = new Set<number>();
  /** None while there is room. */
  const waiting: (() => void)[] = [];
  const idlers: (() => void)[] = [];
  let next = 1;

  const oldest = () => open.values().next().value ?? next;
  const take = () => {
    const sequence = next;
    next += 1;
    open.add(sequence);
    return sequence;
  };
  return {
    get inFlight() {
      return open.size;
    },
    acquire(signal) {
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (next - oldest() < size) return Promise.resolve(take());
      return new Promise((resolve, reject) => {
        const enter = () => {
          signal?.removeEventListener('abort', leave);
          resolve(take());
        };
        const leave = () => {
          waiting.splice(waiting.indexOf(enter), 1);
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', leave, { once: true });
        waiting.push(enter);
      });
    },
    release(sequence) {
      open.delete(sequence);
      for (const enter of waiting.splice(0, oldest() + size - next)) enter();
      if (open.size === 0) for (const resolve of idlers.splice(0)) resolve();
    },
    idle() {
      return open.size === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve));
    },
  };
}
