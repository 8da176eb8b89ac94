import { MISSING } from './city-table.ts';

/** Width of a remembered moment. */
export const MOMENT_MS = 10 * 60_000;
/** How far back the page remembers. */
export const MEMORY_MS = 25 * 3_600_000;
/** A city without a reading in a moment keeps its value of up to this many moments before. */
const HOLD_MOMENTS = 6;

/** Which column a moment is read from. */
export type MomentMetric = 'heatIndex' | 'temperature';

interface Frame {
  temperature: Int16Array;
  heatIndex: Int16Array;
}

/**
 * What the map looked like over the last 25 hours, in steps of 10 minutes, filled from the readings as they stream by. Bounded:
 * 151 frames of 4 bytes a city; the oldest leave first.
 */
export interface Moments {
  /** Remembers a reading: hundredths of °C at a time of observation. */
  record(slot: number, observedMs: number, temperature: number, heatIndex: number): void;
  /** Writes the values of all cities at a time into `target`; returns how many have one. */
  readInto(target: Int16Array, atMs: number, metric: MomentMetric): number;
  /** Times for which at least `share` of `cities` is remembered, as starts of moments, ascending. */
  covered(cities: number, share: number): readonly number[];
}

/** Creates an empty memory. */
export function createMoments(): Moments {
  const frames = new Map<number, Frame>();
  const counts = new Map<number, number>();
  let newest = Number.NEGATIVE_INFINITY;

  const prune = (): void => {
    const oldest = newest - Math.floor(MEMORY_MS / MOMENT_MS);
    for (const key of frames.keys()) {
      if (key >= oldest) continue;
      frames.delete(key);
      counts.delete(key);
    }
  };

  const frameFor = (key: number, slot: number): Frame => {
    let frame = frames.get(key);
    if (!frame) {
      frame = emptyFrame(Math.max(1024, slot + 1));
      frames.set(key, frame);
      counts.set(key, 0);
    }
    if (slot >= frame.temperature.length) {
      const wider = emptyFrame(Math.max(slot + 1, frame.temperature.length * 2));
      wider.temperature.set(frame.temperature);
      wider.heatIndex.set(frame.heatIndex);
      frame = wider;
      frames.set(key, frame);
    }
    return frame;
  };

  return {
    record(slot, observedMs, temperature, heatIndex) {
      const key = Math.floor(observedMs / MOMENT_MS);
      if (key < newest - Math.floor(MEMORY_MS / MOMENT_MS)) return;
      const frame = frameFor(key, slot);
      if (frame.temperature[slot] === MISSING && frame.heatIndex[slot] === MISSING) {
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      frame.temperature[slot] = temperature;
      frame.heatIndex[slot] = heatIndex;
      if (key > newest) {
        newest = key;
        prune();
      }
    },
    readInto(target, atMs, metric) {
      const last = Math.floor(atMs / MOMENT_MS);
      target.fill(MISSING);
      let found = 0;
      for (let key = last; key > last - HOLD_MOMENTS; key--) {
        const column = frames.get(key)?.[metric];
        if (!column) continue;
        const size = Math.min(column.length, target.length);
        for (let slot = 0; slot < size; slot++) {
          const value = column[slot] ?? MISSING;
          if (value === MISSING || target[slot] !== MISSING) continue;
          target[slot] = value;
          found++;
        }
      }
      return found;
    },
    covered(cities, share) {
      const wanted = Math.max(1, cities * share);
      return [...counts]
        .filter(([, count]) => count >= wanted)
        .map(([key]) => key * MOMENT_MS)
        .sort((one, other) => one - other);
    },
  };
}

function emptyFrame(capacity: number): Frame {
  return {
    temperature: new Int16Array(capacity).fill(MISSING),
    heatIndex: new Int16Array(capacity).fill(MISSING),
  };
}
