/** How far the clock may be from where it should be before that is said, in ms. */
export const CLOCK_TOLERANCE_MS = 300_000;
/** How long a clock that jumped ahead must stay there before stamps follow it, in ms. */
export const CLOCK_HOLD_MS = 20_000;

/** What a clock did. */
export interface ClockStep {
  /**
   * - `heldBack`: it jumped ahead; stamps go on as if it had not.
   * - `followed`: it stayed there, as after a machine has slept: stamps are its own again.
   * - `returned`: it came back before stamps followed it.
   * - `setBack`: stamps were ahead of it and go back to it; log time, their maximum, stands until it is caught up.
   */
  readonly kind: 'heldBack' | 'followed' | 'returned' | 'setBack';
  /** How far ahead the clock was of what the time since the last stamp allows; of `setBack`, the stamps of the clock. */
  readonly aheadMs: number;
}

/** What stamps are made of. */
export interface StampClockDeps {
  /** The wall clock, ms since the epoch. May jump. */
  readonly now: () => number;
  /** Never goes back, and does not jump. */
  readonly monotonicMs: () => number;
  /** Told of each step once. */
  readonly onStep?: ((step: ClockStep) => void) | undefined;
}

/**
 * Creates the stamps of a log, which do not fall and do not follow a clock that jumps ahead and comes back: one stamp a
 * day ahead would make every batch of the day after it expired. Only stamps that are ahead of the clock by more than the
 * tolerance go back.
 *
 * @param lastMs the stamp before the first one.
 */
export function createStampClock(lastMs: number, deps: StampClockDeps): () => number {
  const { now, monotonicMs, onStep = () => undefined } = deps;
  let last = lastMs;
  /** Wall clock and monotonic clock as they belonged together when last believed. */
  let believed: { readonly wallMs: number; readonly monotonicMs: number } | undefined;
  let heldSinceMs: number | undefined;

  /** The time by a clock that is believed. */
  function read(): number {
    const wallMs = now();
    const atMs = monotonicMs();
    const expectedMs = believed === undefined ? wallMs : believed.wallMs + atMs - believed.monotonicMs;
    const aheadMs = wallMs - expectedMs;
    if (aheadMs > CLOCK_TOLERANCE_MS) {
      if (heldSinceMs === undefined) onStep({ kind: 'heldBack', aheadMs });
      heldSinceMs ??= atMs;
      if (atMs - heldSinceMs < CLOCK_HOLD_MS) return expectedMs;
      onStep({ kind: 'followed', aheadMs });
    } else if (heldSinceMs !== undefined) onStep({ kind: 'returned', aheadMs: 0 });
    heldSinceMs = undefined;
    believed = { wallMs, monotonicMs: atMs };
    return wallMs;
  }

  return () => {
    const timeMs = read();
    const aheadMs = last - timeMs;
    if (aheadMs > CLOCK_TOLERANCE_MS) onStep({ kind: 'setBack', aheadMs });
    last = aheadMs > CLOCK_TOLERANCE_MS ? timeMs : Math.max(last, timeMs);
    return last;
  };
}
