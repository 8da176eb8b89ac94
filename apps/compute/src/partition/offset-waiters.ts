/** Somebody waiting until a partition has applied up to an offset. */
interface Waiter {
  readonly offset: number;
  readonly resolve: () => void;
}

/** Lets reads wait for a prefix of the log to be applied. */
export interface OffsetWaiters {
  /** Resolves once `applied` of the partition is at least `offset`; rejects with the signal's reason. */
  wait(partition: number, offset: number, signal?: AbortSignal): Promise<void>;
  /** Wakes those whose wait is over. */
  advanced(partition: number, applied: number): void;
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
        const leave = () => {
          queue.delete(waiter);
          signal?.removeEventListener('abort', abort);
        };
        const abort = () => {
          leave();
          reject(signal?.reason);
        };
        const waiter: Waiter = {
          offset,
          resolve: () => {
            leave();
            resolve();
          },
        };
        queue.add(waiter);
        signal?.addEventListener('abort', abort);
      });
    },
    advanced(partition, applied) {
      for (const waiter of waiting.get(partition) ?? []) if (waiter.offset <= applied) waiter.resolve();
    },
  };
}
