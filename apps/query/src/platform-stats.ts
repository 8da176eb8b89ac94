/** Stats of the platform, as isotherm.platform.v1.PlatformStats. Counts are since the log began. */
export interface PlatformStats {
  /** When it was taken, ms since the epoch. */
  readonly atMs: number;
  /** Observations acked a second, over the last second. */
  readonly acceptedPerSecond: number;
  /** Age of the oldest record not applied. */
  readonly lagSeconds: number;
  readonly lagRecords: number;
  /** Accepted to visible in hot reads, 99th percentile of the last 10 s; undefined without traffic. */
  readonly freshnessP99Ms: number | undefined;
  readonly observationsAcked: number;
  readonly observationsApplied: number;
  readonly observationsStored: number;
  readonly observationsDead: number;
  readonly observationsDuplicate: number;
  /** Minute rows waiting to be stored. */
  readonly rowsPending: number;
  readonly rowsStored: number;
  /** Cities with at least one observation. */
  readonly cities: number;
  /** The demo feed; undefined when it is off. */
  readonly feed: FeedProgress | undefined;
  readonly residentBytes: number;
}

/** What the demo feed is doing. */
export interface FeedProgress {
  /** Whether it still plays the past. */
  readonly replaying: boolean;
  /** Time of the observations being sent, ms since the epoch. */
  readonly positionMs: number;
  /** Share of the past that was sent, 0 to 1. */
  readonly shareDone: number;
}

/** Where stats come from, about one a second. */
export interface StatsSource {
  latest(): PlatformStats;
  /** Calls the listener with new stats. @returns a function that ends that. */
  subscribe(listener: (stats: PlatformStats) => void): () => void;
}

/** Stats before anything was heard of. */
export function emptyStats(atMs: number): PlatformStats {
  return {
    atMs,
    acceptedPerSecond: 0,
    lagSeconds: 0,
    lagRecords: 0,
    freshnessP99Ms: undefined,
    observationsAcked: 0,
    observationsApplied: 0,
    observationsStored: 0,
    observationsDead: 0,
    observationsDuplicate: 0,
    rowsPending: 0,
    rowsStored: 0,
    cities: 0,
    feed: undefined,
    residentBytes: 0,
  };
}
