import { expect, it } from 'vitest';
import { CLOCK_HOLD_MS, CLOCK_TOLERANCE_MS, type ClockStep, createStampClock } from './stamp-clock.ts';

const DAY_MS = 86_400_000;
const START_MS = 1_700_000_000_000;

/** Stamps of a machine whose wall clock is off by what a test says. */
function machine(lastMs = 0) {
  const steps: ClockStep[] = [];
  let elapsedMs = 0;
  let offMs = 0;
  const stamp = createStampClock(lastMs, {
    now: () => START_MS + elapsedMs + offMs,
    monotonicMs: () => 5 + elapsedMs,
    onStep: (step) => steps.push(step),
  });
  return {
    kinds: () => steps.map(({ kind }) => kind),
    steps,
    /** The stamp after so long, with the wall clock off by so much. @returns ms since the start. */
    after(ms: number, off: number): number {
      elapsedMs += ms;
      offMs = off;
      return stamp() - START_MS;
    },
  };
}

it('is the wall clock while that goes on evenly, and never falls when it is set back a little', () => {
  const { after, kinds } = machine();
  expect([after(0, 0), after(10, 0), after(10, -60_000), after(1000, -60_000), after(60_000, -60_000)]).toEqual([
    0, 10, 10, 10, 1020,
  ]);
  expect(kinds()).toEqual([]);
});

it('does not follow a clock that jumps a day ahead and comes back, and says both', () => {
  const { after, steps } = machine();
  after(0, 0);
  expect([after(1000, DAY_MS), after(1000, DAY_MS), after(1000, DAY_MS)]).toEqual([1000, 2000, 3000]);
  expect(after(1000, 0)).toBe(4000);
  expect(steps).toEqual([
    { kind: 'heldBack', aheadMs: DAY_MS },
    { kind: 'returned', aheadMs: 0 },
  ]);
});

it('follows a clock that stays ahead, as after sleep', () => {
  const { after, kinds } = machine();
  after(0, 0);
  expect(after(1000, DAY_MS)).toBe(1000);
  expect(after(CLOCK_HOLD_MS - 1, DAY_MS)).toBe(999 + 1 + CLOCK_HOLD_MS - 1);
  expect(after(1, DAY_MS)).toBe(1000 + CLOCK_HOLD_MS + DAY_MS);
  expect(kinds()).toEqual(['heldBack', 'followed']);
});

it('goes back to the clock from stamps that are ahead of it, whether it followed them or found them in the log', () => {
  const { after, steps } = machine(START_MS + DAY_MS);
  expect(after(0, 0)).toBe(0);
  expect(steps).toEqual([{ kind: 'setBack', aheadMs: DAY_MS }]);
  expect(after(5, 0)).toBe(5);
  const near = machine(START_MS + CLOCK_TOLERANCE_MS);
  expect(near.after(0, 0)).toBe(CLOCK_TOLERANCE_MS);
  expect(near.kinds()).toEqual([]);
});
