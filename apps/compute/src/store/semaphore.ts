/** Lets a fixed number in at a time, in order of arrival. */
export interface Semaphore {
  acquire(): Promise<void>;
  release(): void;
}

/** Creates a semaphore with that many places. */
export function createSemaphore(places: number): Semaphore {
  let free = places;
  const waiting: (() => void)[] = [];
  return {
    acquire() {
      if (free > 0) {
        free--;
        return Promise.resolve();
      }
      return new Promise((resolve) => waiting.push(resolve));
    },
    release() {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    },
  };
}
