import { formatCompact } from '../format/numbers.ts';
import type { PulseSample } from './pulse-history.ts';

/** How a vital sign is doing: never told by colour alone, `words` says it. */
export interface VitalSign {
  readonly level: 'good' | 'busy' | 'bad';
  readonly words: string;
}

/** Lag from which compute counts as late. */
const LATE_SECONDS = 10;

/** A day sent in half a minute may take a moment to apply: that is work, not trouble. */
function levelOfDelay(pulse: PulseSample): VitalSign['level'] {
  return pulse.feed?.replaying ? 'busy' : 'bad';
}

/** Observations acked but neither applied, nor skipped as duplicates, nor kept as dead letters. */
export function unappliedObservations(pulse: PulseSample): number {
  return Math.max(0, pulse.acked - pulse.duplicate - pulse.dead - pulse.applied);
}

/** Observations applied whose rows are not stored; those of the open minute belong here at any time. */
export function unstoredObservations(pulse: PulseSample): number {
  return Math.max(0, pulse.applied - pulse.stored);
}

/** The promise "acked = applied = stored" in words. */
export function describeLedger(pulse: PulseSample): VitalSign {
  const unapplied = unappliedObservations(pulse);
  const unstored = unstoredObservations(pulse);
  if (pulse.lagSeconds > LATE_SECONDS)
    return { level: levelOfDelay(pulse), words: `${formatCompact(unapplied)} kept, waiting for compute` };
  // Two minutes of the present rate are the open minute and the one being written.
  const normal = Math.max(2_000, pulse.acceptedPerSecond * 130);
  if (unstored > normal && !pulse.feed?.replaying) {
    return { level: 'busy', words: `${formatCompact(unstored)} applied, waiting for storage` };
  }
  if (pulse.acked === 0) return { level: 'good', words: 'Nothing received yet' };
  return { level: 'good', words: 'Every acked reading is accounted for' };
}

/** Lag in words: seconds decide. */
export function describeLag(pulse: PulseSample): VitalSign {
  if (pulse.lagSeconds < 1) return { level: 'good', words: pulse.lagRecords === 0 ? 'Caught up' : 'Keeping up' };
  if (pulse.lagSeconds < LATE_SECONDS) {
    // A shard that is away grows old without knowing how many records it misses.
    const words = pulse.lagRecords === 0 ? 'A shard is away' : `${formatCompact(pulse.lagRecords)} records behind`;
    return { level: 'busy', words };
  }
  return { level: levelOfDelay(pulse), words: 'Safe in the log' };
}

/** Freshness (accepted to visible, 99th percentile) in words; the promise is 250 ms. */
export function describeFreshness(pulse: PulseSample): VitalSign {
  if (pulse.freshnessP99Ms === undefined) return { level: 'good', words: 'No traffic to measure' };
  if (pulse.freshnessP99Ms <= 250) return { level: 'good', words: 'Within 250 ms' };
  if (pulse.lagSeconds > LATE_SECONDS) return { level: levelOfDelay(pulse), words: 'Catching up' };
  return { level: pulse.freshnessP99Ms < 2_000 ? 'busy' : 'bad', words: 'Over 250 ms' };
}

/** Intake in words. */
export function describeIntake(pulse: PulseSample): VitalSign {
  if (pulse.feed?.replaying) return { level: 'good', words: 'Playing yesterday' };
  if (pulse.acceptedPerSecond === 0) return { level: 'good', words: 'Quiet' };
  return { level: 'good', words: `From ${formatCompact(pulse.cities)} cities` };
}
