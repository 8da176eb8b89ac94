import type { CityTable } from './city-table.ts';

/**
 * Since which offset the rows of a city wait: exactly for its newest four minutes, which are the ones that stay open, and
 * as a lower bound for all older ones together. Only panes that are dirty and not handed out count.
 */
const RECENT_MINUTES = 4;
const RECENT_MASK = RECENT_MINUTES - 1;
const NOTHING = Number.POSITIVE_INFINITY;

/** A pane became dirty at an offset. To be called before it becomes the city's newest. */
export function noteDirty(cities: CityTable, slot: number, minute: number, offset: number): void {
  const newest = cities.newestMinute[slot]!;
  if (minute <= newest - RECENT_MINUTES) {
    cities.olderSince[slot] = Math.min(cities.olderSince[slot]!, offset);
    return;
  }
  if (minute > newest) leaveRecent(cities, slot, minute - newest);
  const recent = cities.recentSince[minute & RECENT_MASK]!;
  recent[slot] = Math.min(recent[slot]!, offset);
}

/** A pane was handed out or left the ring; it no longer counts among `unhanded`. */
export function noteHanded(cities: CityTable, slot: number, minute: number): void {
  if (minute > cities.newestMinute[slot]! - RECENT_MINUTES) cities.recentSince[minute & RECENT_MASK]![slot] = NOTHING;
  if (cities.olderSince[slot] === NOTHING) return;
  let recent = 0;
  for (const since of cities.recentSince) if (since[slot] !== NOTHING) recent++;
  if (cities.unhanded[slot] === recent) cities.olderSince[slot] = NOTHING;
}

/** At most the offset that first dirtied any pane of the city that waits; infinite if none does. */
export function dirtySince(cities: CityTable, slot: number): number {
  const [a, b, c, d] = cities.recentSince;
  return Math.min(cities.olderSince[slot]!, a![slot]!, b![slot]!, c![slot]!, d![slot]!);
}

/** The newest minute moves on by so many: the oldest of the recent ones join the others. */
function leaveRecent(cities: CityTable, slot: number, minutes: number): void {
  const newest = cities.newestMinute[slot]!;
  for (let i = 1; i <= Math.min(minutes, RECENT_MINUTES); i++) {
    const recent = cities.recentSince[(newest + i) & RECENT_MASK]!;
    if (recent[slot]! < cities.olderSince[slot]!) cities.olderSince[slot] = recent[slot]!;
    recent[slot] = NOTHING;
  }
}

/** What is noted of a city, to be put back by {@link restoreSince}. */
export function sinceOf(cities: CityTable, slot: number): readonly number[] {
  return [...cities.recentSince, cities.olderSince].map((since) => since[slot]!);
}

/** Puts back what {@link sinceOf} returned. */
export function restoreSince(cities: CityTable, slot: number, values: readonly number[]): void {
  [...cities.recentSince, cities.olderSince].forEach((since, i) => {
    since[slot] = values[i]!;
  });
}
