import type { Placement } from './placement.ts';

/** The current placement, and a word when it changes. */
export interface PlacementSource {
  /** The table with the highest epoch known. */
  current(): Placement;
  /**
   * Calls the listener with every table of a higher epoch, in order. A listener must not throw.
   * @returns a function that ends that.
   */
  onChange(listener: (placement: Placement) => void): () => void;
  /** Says that the table seems to be outdated, so that a source that can ask for a newer one does. Default: none can. */
  refresh?(): void;
}

/** A source that is told its tables; one with an epoch that is not higher is ignored. */
export interface PlacementHolder extends PlacementSource {
  /** @returns whether the table was taken. */
  update(placement: Placement): boolean;
}

/** Creates a source that starts with the given table. Embedded mode never updates it. */
export function createPlacementHolder(initial: Placement): PlacementHolder {
  let placement = initial;
  const listeners = new Set<(placement: Placement) => void>();
  return {
    current: () => placement,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    update(next) {
      if (next.epoch <= placement.epoch) return false;
      placement = next;
      for (const listener of [...listeners]) listener(next);
      return true;
    },
  };
}
