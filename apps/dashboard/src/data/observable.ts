/** A value that tells its listeners when it was replaced. */
export interface Observable<T> {
  /** The value now. */
  get(): T;
  /** Replaces the value; listeners hear of it unless it is identical. */
  set(value: T): void;
  /** Calls `listener` after each replacement; returns the way to stop. */
  subscribe(listener: () => void): () => void;
}

/** Creates an observable value. */
export function createObservable<T>(initial: T): Observable<T> {
  let current = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => current,
    set(value) {
      if (Object.is(value, current)) return;
      current = value;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
