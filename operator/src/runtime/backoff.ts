/** Options of {@link backoffMs}. */
export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Delay before try number `failures` (from 1): doubles from `firstMs` to `maxMs`, each between half and whole of it. */
export function backoffMs(failures: number, { firstMs, maxMs, random }: BackoffOptions): number {
  const whole = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return whole * (0.5 + random() / 2);
}
