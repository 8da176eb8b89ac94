import { HourTotals } from './hour-totals.ts';
import type { StateMemory } from './state-memory.ts';
import { WindowCache } from './window-cache.ts';

/**
 * Chunks of a partition whose sums are kept, of each kind: 768 cities. Where there are more, the one whose sums were made
 * longest ago has to make them again.
 */
const MAX_CHUNKS = 12;

interface Kept<Sums> {
  readonly sums: Sums;
  drop(): void;
}

/** Sums of chunks for the windows of their cities, which follow from the panes: so many, however many cities there are. */
export class SumsPool {
  readonly #memory: StateMemory;
  readonly #windows: Kept<WindowCache>[] = [];
  readonly #hourTotals: Kept<HourTotals>[] = [];

  constructor(memory: StateMemory) {
    this.#memory = memory;
  }

  /** Sums of nothing for one chunk. @param drop called when another chunk gets them */
  takeWindows(drop: () => void): WindowCache {
    return take(this.#windows, drop, () => new WindowCache(this.#memory));
  }

  /** Totals of nothing for one chunk. @param drop called when another chunk gets them */
  takeHourTotals(drop: () => void): HourTotals {
    return take(this.#hourTotals, drop, () => new HourTotals(this.#memory));
  }
}

function take<Sums extends { clear(): void }>(kept: Kept<Sums>[], drop: () => void, make: () => Sums): Sums {
  const oldest = kept.length < MAX_CHUNKS ? undefined : kept.shift();
  oldest?.drop();
  oldest?.sums.clear();
  const sums = oldest?.sums ?? make();
  kept.push({ sums, drop });
  return sums;
}
