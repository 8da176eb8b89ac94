/** A pending wait for an offset. */
interface Waiter {
  readonly offset: number;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Lets reads wait for a prefix of the log to be applied. */
export interface OffsetWaiters {
  /**
   * Resolves once `applied` of the partition is at least `offset`; rejects with the signal's reason, or with that of
   * {@link OffsetWaiters.leave}.
   */
  wait(partition: number, offset: number, signal?: AbortSignal): Promise<void>;
  /** Resolves the waits that are over. */
  advanced(partition: number, applied: number): void;
  /** Rejects all waits of a partition: nothing more is applied to it. */
  leave(partition: number, reason: unknown): void;
}

/** Creates waiters over the applied offset of each partition. */
export function createOffsetWaiters(appliedOffset: (partition: number) => number): OffsetWaiters {
  const waiting = new Map<number, Set<Waiter>>();
  return {
    wait(partition, offset, signal) {
      if (appliedOffset(partition) >= offset) return Promise.resolve();
      if (signal?.aborted) return Promise.reject(signal.reason);
      return new Promise((resolve, reject) => {
        const queue = waiting.get(partition) ?? new Set();
        waiting.set(partition, queue);
        const settle = (how: () => void) => {
          queue.delete(waiter);
          signal?.removeEventListener('abort', abort);
          how();
        };
        const abort = () => settle(() => reject(signal?.reason));
        const waiter: Waiter = {
          offset,
          resolve: () => settle(resolve),
          reject: (reason) => settle(() => reject(reason)),
        };
        queue.add(waiter);
        signal?.addEventListener('abort', abort);
      });
    },
    advanced(partition, applied) {
      for (const waiter of waiting.get(partition) ?? []) if (waiter.offset <= applied) waiter.resolve();
    },
    leave(partition, reason) {
      for (const waiter of [...(waiting.get(partition) ?? [])]) waiter.reject(reason);
      waiting.delete(partition);
    },
  };
}
