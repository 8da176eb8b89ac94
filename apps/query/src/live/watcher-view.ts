import { create } from '@bufbuild/protobuf';
import { type LiveColumns, LiveColumnsSchema } from '@isotherm/contracts/type/v1/live_columns';
import type { LiveTable } from './live-table.ts';

/** What one watcher has been sent so far. */
export interface WatcherView {
  /** Whether nothing is new to the watcher. */
  readonly upToDate: boolean;
  /** Everything new, once; without rows if there is nothing. */
  next(): LiveColumns;
  /** Indices on this watcher's stream of named cities that fit. */
  indicesWhere(fits: (slot: number) => boolean): number[];
}

/** A view over the whole table, or over some cities of it. */
export function createWatcherView(options: {
  readonly table: LiveTable;
  readonly cityIds: readonly string[] | undefined;
}): WatcherView {
  return options.cityIds === undefined ? wholeView(options.table) : partView(options.table, new Set(options.cityIds));
}

/** All cities: an index on the stream is the slot, because slots are named in order. */
function wholeView(table: LiveTable): WatcherView {
  let seen = 0;
  let named = 0;
  return {
    get upToDate() {
      return table.version === seen;
    },
    next() {
      const slots = table.changedSince(seen);
      const citiesAdded = Array.from({ length: table.size - named }, (_, i) => table.cityIdAt(named + i));
      seen = table.version;
      named = table.size;
      return table.compose({ slots, indices: slots, citiesAdded });
    },
    indicesWhere: (fits) => Array.from({ length: named }, (_, slot) => slot).filter(fits),
  };
}

/** Some cities, looked at one by one: they are few, the table may be large. */
function partView(table: LiveTable, missing: Set<string>): WatcherView {
  let seen = 0;
  const slots: number[] = [];
  return {
    get upToDate() {
      return table.version === seen || !(slots.some(isNew) || [...missing].some((id) => filledSlot(id) !== undefined));
    },
    next() {
      const citiesAdded: string[] = [];
      for (const cityId of missing) {
        const slot = filledSlot(cityId);
        if (slot === undefined) continue;
        missing.delete(cityId);
        slots.push(slot);
        citiesAdded.push(cityId);
      }
      const indices: number[] = [];
      const firstNew = slots.length - citiesAdded.length;
      slots.forEach((slot, index) => {
        if (isNew(slot) || index >= firstNew) indices.push(index);
      });
      seen = table.version;
      if (indices.length === 0) return create(LiveColumnsSchema);
      return table.compose({ slots: indices.map((index) => slots[index]!), indices, citiesAdded });
    },
    indicesWhere: (fits) => slots.flatMap((slot, index) => (fits(slot) ? [index] : [])),
  };

  function filledSlot(cityId: string): number | undefined {
    const slot = table.slotOf(cityId);
    return slot !== undefined && table.versionAt(slot) > 0 ? slot : undefined;
  }

  function isNew(slot: number): boolean {
    return table.versionAt(slot) > seen;
  }
}
