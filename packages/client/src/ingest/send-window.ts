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
  const waiting: (() => void)[] = [];
  let next = 1;
  let idlers: (() => void)[] = [];

  const oldest = () => open.values().next().value ?? next;
  const admit = () => {
    while (waiting.length > 0 && next - oldest() < size) waiting.shift()?.();
  };
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
      if (waiting.length === 0 && next - oldest() < size) return Promise.resolve(take());
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
      if (!open.delete(sequence)) return;
      admit();
      if (open.size > 0) return;
      const done = idlers;
      idlers = [];
      for (const resolve of done) resolve();
    },
    idle() {
      return open.size === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve));
    },
  };
}
