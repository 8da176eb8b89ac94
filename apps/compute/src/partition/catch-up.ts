/** Behind by more than this, a shard is catching up. */
const BEHIND_MS = 2_000;
/** Deferred work is done after this long at the latest, however far behind the shard is. */
const MAX_DEFERRAL_MS = 120_000;

/**
 * Tells whether the shard is catching up with its log: then state and minute rows come first. What is kept record by
 * record can wait, for the log is its backlog; minute rows cannot, for their windows leave the ring.
 */
export interface CatchUp {
  /** Notes that a record appended then was applied now. */
  applied(appendMs: number, nowMs: number): void;
  /** Whether work that can wait should: true for at most two minutes on end. */
  shouldDefer(nowMs: number): boolean;
}

/** Creates the detector. */
export function createCatchUp(): CatchUp {
  let behindSinceMs = Number.NaN;
  let lastAppliedMs = Number.NEGATIVE_INFINITY;
  return {
    applied(appendMs, nowMs) {
      lastAppliedMs = nowMs;
      if (nowMs - appendMs <= BEHIND_MS) behindSinceMs = Number.NaN;
      else if (Number.isNaN(behindSinceMs)) behindSinceMs = nowMs;
    },
    shouldDefer(nowMs) {
      if (Number.isNaN(behindSinceMs) || nowMs - lastAppliedMs > BEHIND_MS) return false;
      return nowMs - behindSinceMs < MAX_DEFERRAL_MS;
    },
  };
}
