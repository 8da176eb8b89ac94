/** A metric over some minutes: plain sums over plain numbers. */
export interface ReferenceMetric {
  readonly count: number;
  /** NaN where count is 0; so are min and max. */
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  /** Sum of the values, each rounded to hundredths (halves away from zero), in hundredths. */
  readonly sumCenti: number;
  /** Sum of the values, each rounded to multiples of 2⁻³⁰, in those. */
  readonly sumFixed: number;
}

/** Adds values up, one after another. */
export function metricOf(values: readonly number[]): ReferenceMetric {
  let sum = 0;
  let sumCenti = 0;
  let sumFixed = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    sum += value;
    sumCenti += toCenti(value);
    sumFixed += Math.round(value * 2 ** 30);
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const count = values.length;
  if (count === 0) return { count, mean: Number.NaN, min: Number.NaN, max: Number.NaN, sumCenti: 0, sumFixed: 0 };
  return { count, mean: sum / count, min, max, sumCenti, sumFixed };
}

/** A value in hundredths, halves away from zero. */
export function toCenti(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value) * 100);
}
