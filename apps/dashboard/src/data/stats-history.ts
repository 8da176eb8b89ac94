/** Stats at one second, as plain numbers. */
export interface StatsSample {
  /** Milliseconds since 1970 on the platform's clock. */
  readonly atMs: number;
  readonly acceptedPerSecond: number;
  readonly lagSeconds: number;
  readonly lagRecords: number;
  /** Milliseconds; undefined without traffic. */
  readonly freshnessP99Ms: number | undefined;
  readonly acked: number;
  readonly applied: number;
  readonly stored: number;
  readonly dead: number;
  readonly duplicate: number;
  readonly rowsPending: number;
  readonly cities: number;
  readonly residentBytes: number;
  readonly feed: { readonly replaying: boolean; readonly positionMs: number; readonly shareDone: number } | undefined;
}

/** Samples kept: five minutes at one a second. */
const STATS_SAMPLES = 300;

/** The samples with one more; the oldest leave first. */
export function appendStats(history: readonly StatsSample[], sample: StatsSample): readonly StatsSample[] {
  const kept = history.length >= STATS_SAMPLES ? history.slice(history.length - STATS_SAMPLES + 1) : history;
  return [...kept, sample];
}
