import type { PartitionState } from '@isotherm/domain';
import type { Violations } from '../engine/violation.ts';

/** The one rule: what a partition's state says is a function of how far its log is applied, whoever owns it. */
export interface Truths {
  /** Compares what a state says with what any state said at the same offset. */
  check(state: PartitionState): void;
  /** How often two states met at an offset. */
  readonly met: number;
}

/** Nothing is known yet. */
export function createTruths(violations: Violations): Truths {
  const known = new Map<string, string>();
  let met = 0;
  return {
    get met() {
      return met;
    },
    check(state) {
      const place = `${state.partition}@${state.appliedOffset}`;
      const says = describe(state);
      const before = known.get(place);
      if (before === undefined) known.set(place, says);
      else met += 1;
      violations.expect(
        before === undefined || before === says,
        'state is a function of the log',
        () => `partition ${place}: ${before} and ${says}`,
      );
    },
  };
}

/** What a state says to readers: stored counts and forecasts aside, which depend on more than the log. */
function describe(state: PartitionState): string {
  const { applied, duplicate, dead, rejected } = state.counters;
  const cities: unknown[] = [];
  for (let slot = 0; slot < state.slotCount; slot++) {
    const cityId = state.cityIdOf(slot);
    if (cityId === '') continue;
    const { slot: _, ...now } = state.snapshot(slot);
    cities.push([now, state.rolling(slot, 60), state.rolling(slot, 1440)]);
  }
  const sessions = state
    .producers()
    .map(({ tenant, id, session, sequence, observations }) => [tenant, id, `${session}`, sequence, observations]);
  return JSON.stringify([state.logTimeMs, applied, duplicate, dead, rejected, cities, sessions]);
}
