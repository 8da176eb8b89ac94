import type { StatsSample } from './stats-history.ts';

/**
 * What time it is for the data: the platform's clock, or, while the feed plays the past or compute catches up, the newest reading that
 * the page has seen. Ages count from it, so that neither a wrong clock in the browser nor yesterday's weather makes a city look stale.
 */
export interface PlatformClock {
  /** Milliseconds since 1970 for the data. */
  now(): number;
  /** Milliseconds since 1970 on the platform's own clock. */
  wallNow(): number;
  /** Whether the data is behind the clock on the wall. */
  readonly behind: 'no' | 'replaying' | 'catching up';
  /** Learns the time of a reading, milliseconds since 1970. */
  see(observedMs: number): void;
  /** Learns from stats. */
  hear(sample: StatsSample): void;
}

/** Lag from which compute counts as catching up, if its results are that much older than now. */
const LATE_SECONDS = 3;
const LATE_MS = 60_000;

/** Creates the clock; until the first stats come it is the browser's. */
export function createPlatformClock(browserNow: () => number): PlatformClock {
  let offsetMs = 0;
  let heard = false;
  let newestMs = 0;
  let behind: PlatformClock['behind'] = 'no';
  const wallNow = (): number => browserNow() + offsetMs;
  return {
    wallNow,
    get behind() {
      return behind;
    },
    now: () => (behind === 'no' || newestMs === 0 ? wallNow() : Math.min(newestMs, wallNow())),
    see(observedMs) {
      if (observedMs > newestMs) newestMs = observedMs;
    },
    hear(sample) {
      const measured = sample.atMs - browserNow();
      // The message that travelled fastest tells best; a jump means a clock was set.
      offsetMs = heard && Math.abs(measured - offsetMs) < 2_000 ? Math.max(offsetMs, measured) : measured;
      heard = true;
      const late = sample.lagSeconds > LATE_SECONDS && newestMs < wallNow() - LATE_MS;
      behind = sample.feed?.replaying ? 'replaying' : late ? 'catching up' : 'no';
    },
  };
}
