import { MISSING } from './city-table.ts';

/** Keeps the cities with the highest values in order, without sorting all of them at each change. */
export interface TopCities {
  /** Says that the value of a slot may have changed. */
  touch(slot: number): void;
  /** Forgets everything; the next read looks at every city. */
  invalidate(): void;
  /** The best slots, highest value first, ties by lower slot. */
  read(): readonly number[];
}

/** What a ranking reads. `value` returns hundredths, or MISSING for a city that does not take part. */
export interface TopCitiesSource {
  readonly size: () => number;
  readonly value: (slot: number) => number;
}

/**
 * Creates a ranking of `limit` places. A touch costs one comparison unless the city is near the top; only when a member loses
 * value while others stand behind it are all cities looked at again.
 */
export function createTopCities(source: TopCitiesSource, limit: number): TopCities {
  let members: number[] = [];
  let values: number[] = [];
  let stale = true;

  const before = (value: number, slot: number, at: number): boolean => {
    const other = values[at] ?? MISSING;
    return value > other || (value === other && slot < (members[at] ?? -1));
  };

  const insert = (slot: number, value: number): void => {
    if (value === MISSING) return;
    if (members.length >= limit && !before(value, slot, members.length - 1)) return;
    let at = members.length;
    while (at > 0 && before(value, slot, at - 1)) at--;
    members.splice(at, 0, slot);
    values.splice(at, 0, value);
    if (members.length > limit) {
      members.pop();
      values.pop();
    }
  };

  const rescan = (): void => {
    members = [];
    values = [];
    const size = source.size();
    for (let slot = 0; slot < size; slot++) insert(slot, source.value(slot));
    stale = false;
  };

  return {
    touch(slot) {
      if (stale) return;
      const value = source.value(slot);
      const floor = members.length < limit ? MISSING : (values[members.length - 1] ?? MISSING);
      const at = value < floor && !members.includes(slot) ? -1 : members.indexOf(slot);
      if (at === -1) {
        insert(slot, value);
        return;
      }
      const previous = values[at] ?? MISSING;
      if (value === previous) return;
      if (value < previous) {
        // Someone outside may now deserve the place.
        stale = true;
        return;
      }
      members.splice(at, 1);
      values.splice(at, 1);
      insert(slot, value);
    },
    invalidate() {
      stale = true;
    },
    read() {
      if (stale) rescan();
      return members;
    },
  };
}
