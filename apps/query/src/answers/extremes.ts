/** A mean, and the extremes of the values it is made of. */
export interface Spread {
  readonly mean: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/**
 * Extremes that enclose their mean. The mean is exact; extremes are kept at hundredths, so that of one reading of 36.495
 * both are 36.50. Moved to the mean they are nearer to the truth than where they were.
 */
export function enclosing({ mean, min, max }: Spread): {
  readonly min: number | undefined;
  readonly max: number | undefined;
} {
  if (mean === undefined) return { min, max };
  return {
    min: min === undefined ? undefined : Math.min(min, mean),
    max: max === undefined ? undefined : Math.max(max, mean),
  };
}
