import { KNOT_LEADS, KNOTS } from './lead-knots.ts';

/**
 * One linear regression for all cities, by knot of lead: faded sums of products, solved anew every hour of log time with
 * a ridge towards a simple forecast. There is no recursion to diverge, and a city's first day profits from the others.
 */
export interface PooledRidge {
  /** Fades the past and solves anew if the hour is newer than any before. */
  advanceTo(hour: number): void;
  /** Forecast at a knot from features. */
  predict(x: Float64Array, knot: number): number;
  /** Takes in the features of a forecast made. */
  learnFeatures(x: Float64Array): void;
  /** Takes in what became of the forecast at a knot from features. */
  learnOutcome(x: Float64Array, knot: number, outcome: number): void;
  /** Everything it knows; {@link restore} takes it back. */
  save(): Float64Array;
  restore(saved: Float64Array): void;
  /** Numbers that {@link save} returns. */
  readonly savedSize: number;
}

/** City-hours that count fully: 15,000 are enough for every coefficient. */
const MEMORY_CITY_HOURS = 15_000;
/** Hours that count fully: three weeks where cities are many, half a year where they are few. */
const MIN_MEMORY_HOURS = 500;
const MAX_MEMORY_HOURS = 4_000;

/** Weight of the simple forecast, in squared features: at the start, fading like observations, and for good. */
const FIRST_RIDGE = 10_000;
const LASTING_RIDGE = 1_000;

/** The simple forecast: a departure fades with this time. Fits the first week of samples/owm36 best. */
const FADE_HOURS = 36;

/** @param size features; the first is 1, the second the departure from what is usual. */
export function createPooledRidge(size: number): PooledRidge {
  // One array holds all, so that saving is a copy: covariance (lower triangle used), outcomes, weights, clock.
  const outcomesAt = size * size;
  const weightsAt = outcomesAt + KNOTS * size;
  const clockAt = weightsAt + KNOTS * size;
  const all = new Float64Array(clockAt + 3);
  const covariance = all.subarray(0, outcomesAt);
  const outcomes = all.subarray(outcomesAt, weightsAt);
  const weights = all.subarray(weightsAt, clockAt);
  const clock = all.subarray(clockAt);
  const factor = new Float64Array(size * size);
  const prior = KNOT_LEADS.map((lead) => Math.exp(-lead / FADE_HOURS));
  const NEWEST = 0;
  /** Forecasts made within the newest hour, and usually within one. */
  const MADE = 1;
  const USUALLY_MADE = 2;

  clock[NEWEST] = -1;
  for (let i = 0; i < size; i++) covariance[i * size + i] = FIRST_RIDGE;
  for (let knot = 0; knot < KNOTS; knot++) {
    outcomes[knot * size + 1] = FIRST_RIDGE * prior[knot]!;
    weights[knot * size + 1] = prior[knot]!;
  }

  function fade(): void {
    const usually = clock[USUALLY_MADE]!;
    clock[USUALLY_MADE] = usually === 0 ? clock[MADE]! : usually + 0.1 * (clock[MADE]! - usually);
    clock[MADE] = 0;
    const hours = MEMORY_CITY_HOURS / Math.max(1, clock[USUALLY_MADE]!);
    const keep = 1 - 1 / Math.min(MAX_MEMORY_HOURS, Math.max(MIN_MEMORY_HOURS, hours));
    for (let i = 0; i < outcomesAt; i++) covariance[i]! *= keep;
    for (let i = 0; i < outcomes.length; i++) outcomes[i]! *= keep;
  }

  /** Cholesky decomposition of covariance + ridge, then two triangular solves a knot. */
  function solve(): void {
    for (let j = 0; j < size; j++) {
      for (let i = j; i < size; i++) {
        let sum = covariance[i * size + j]! + (i === j ? LASTING_RIDGE : 0);
        for (let k = 0; k < j; k++) sum -= factor[i * size + k]! * factor[j * size + k]!;
        factor[i * size + j] = i === j ? Math.sqrt(sum) : sum / factor[j * size + j]!;
      }
    }
    for (let knot = 0; knot < KNOTS; knot++) {
      const w = weights.subarray(knot * size, (knot + 1) * size);
      for (let i = 0; i < size; i++) {
        let sum = outcomes[knot * size + i]! + (i === 1 ? LASTING_RIDGE * prior[knot]! : 0);
        for (let k = 0; k < i; k++) sum -= factor[i * size + k]! * w[k]!;
        w[i] = sum / factor[i * size + i]!;
      }
      for (let i = size - 1; i >= 0; i--) {
        let sum = w[i]!;
        for (let k = i + 1; k < size; k++) sum -= factor[k * size + i]! * w[k]!;
        w[i] = sum / factor[i * size + i]!;
      }
    }
  }

  return {
    advanceTo(hour) {
      if (hour <= clock[NEWEST]!) return;
      const begun = clock[NEWEST]! >= 0;
      clock[NEWEST] = hour;
      if (!begun) return;
      fade();
      solve();
    },
    predict(x, knot) {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += weights[knot * size + i]! * x[i]!;
      return sum;
    },
    learnFeatures(x) {
      clock[MADE]! += 1;
      for (let i = 0; i < size; i++) {
        const xi = x[i]!;
        for (let j = 0; j <= i; j++) covariance[i * size + j]! += xi * x[j]!;
      }
    },
    learnOutcome(x, knot, outcome) {
      for (let i = 0; i < size; i++) outcomes[knot * size + i]! += x[i]! * outcome;
    },
    save: () => all.slice(),
    restore(saved) {
      all.set(saved);
    },
    savedSize: all.length,
  };
}
