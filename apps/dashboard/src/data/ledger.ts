import { formatCompact } from '../format/numbers.ts';
import type { StatsSample } from './stats-history.ts';

/** How one of the stats is doing: never told by colour alone, `words` says it. */
export interface StatSummary {
  readonly level: 'good' | 'busy' | 'bad';
  readonly words: string;
}

/** Lag from which compute counts as late. */
const LATE_SECONDS = 10;

/** A day sent in half a minute may take a moment to apply: that is work, not trouble. */
function levelOfDelay(stats: StatsSample): StatSummary['level'] {
  return stats.feed?.replaying ? 'busy' : 'bad';
}

/** Observations acked but neither applied, nor skipped as duplicates, nor kept as dead letters. */
export function unappliedObservations(stats: StatsSample): number {
  return Math.max(0, stats.acked - stats.duplicate - stats.dead - stats.applied);
}

/** Observations applied whose rows are not stored; those of the open minute belong here at any time. */
function unstoredObservations(stats: StatsSample): number {
  return Math.max(0, stats.applied - stats.stored);
}

/** The promise "acked = applied = stored" in words. */
export function describeLedger(stats: StatsSample): StatSummary {
  const unapplied = unappliedObservations(stats);
  const unstored = unstoredObservations(stats);
  if (stats.lagSeconds > LATE_SECONDS)
    return { level: levelOfDelay(stats), words: `${formatCompact(unapplied)} kept, waiting for compute` };
  // Two minutes of the present rate are the open minute and the one being written.
  const normal = Math.max(2_000, stats.acceptedPerSecond * 130);
  if (unstored > normal && !stats.feed?.replaying) {
    return { level: 'busy', words: `${formatCompact(unstored)} applied, waiting for storage` };
  }
  if (stats.acked === 0) return { level: 'good', words: 'Nothing received yet' };
  return { level: 'good', words: 'Every acked reading is accounted for' };
}

/** Lag in words: seconds decide. */
export function describeLag(stats: StatsSample): StatSummary {
  if (stats.lagSeconds < 1) return { level: 'good', words: stats.lagRecords === 0 ? 'Caught up' : 'Keeping up' };
  if (stats.lagSeconds < LATE_SECONDS) {
    // A shard that is away grows old without knowing how many records it misses.
    const words = stats.lagRecords === 0 ? 'A shard is away' : `${formatCompact(stats.lagRecords)} records behind`;
    return { level: 'busy', words };
  }
  return { level: levelOfDelay(stats), words: 'Safe in the log' };
}

/** Freshness (accepted to visible, 99th percentile) in words; the promise is 250 ms. */
export function describeFreshness(stats: StatsSample): StatSummary {
  if (stats.freshnessP99Ms === undefined) return { level: 'good', words: 'No traffic to measure' };
  if (stats.freshnessP99Ms <= 250) return { level: 'good', words: 'Within 250 ms' };
  if (stats.lagSeconds > LATE_SECONDS) return { level: levelOfDelay(stats), words: 'Catching up' };
  return { level: stats.freshnessP99Ms < 2_000 ? 'busy' : 'bad', words: 'Over 250 ms' };
}

/** Intake in words. */
export function describeIntake(stats: StatsSample): StatSummary {
  if (stats.feed?.replaying) return { level: 'good', words: 'Playing yesterday' };
  if (stats.acceptedPerSecond === 0) return { level: 'good', words: 'Quiet' };
  return { level: 'good', words: `From ${formatCompact(stats.cities)} cities` };
}
