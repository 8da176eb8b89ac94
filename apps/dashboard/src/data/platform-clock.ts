import type { PulseSample } from './pulse-history.ts';

/**
 * What time it is for the data: the platform's clock, or the position of the feed while it plays the past. Ages count from it, so
 * that a wrong clock in the browser makes no city look stale.
 */
export interface PlatformClock {
  /** Milliseconds since 1970 for the data. */
  now(): number;
  /** Milliseconds since 1970 on the platform's own clock. */
  wallNow(): number;
  /** Learns from a pulse. */
  hear(sample: PulseSample): void;
}

/** Creates the clock; until the first pulse it is the browser's. */
export function createPlatformClock(browserNow: () => number): PlatformClock {
  let offsetMs = 0;
  let heard = false;
  let replayMs: number | undefined;
  const wallNow = (): number => browserNow() + offsetMs;
  return {
    wallNow,
    now: () => replayMs ?? wallNow(),
    hear(sample) {
      const measured = sample.atMs - browserNow();
      // The message that travelled fastest tells best; a jump means a clock was set.
      offsetMs = heard && Math.abs(measured - offsetMs) < 2_000 ? Math.max(offsetMs, measured) : measured;
      heard = true;
      replayMs = sample.feed?.replaying ? sample.feed.positionMs : undefined;
    },
  };
}
