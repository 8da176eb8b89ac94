/** Up to this age a reading counts as current. */
export const FRESH_MS = 15 * 60_000;
/** From this age on a city is as faint as it gets. */
export const FADED_MS = 3 * 3_600_000;
/** Opacity of the oldest cities, so that they can still be found. */
export const FADED_OPACITY = 0.28;

/** Opacity of a city whose newest reading is `ageMs` old: 1 while fresh, then falling evenly. */
export function opacityOfAge(ageMs: number): number {
  if (ageMs <= FRESH_MS) return 1;
  if (ageMs >= FADED_MS) return FADED_OPACITY;
  const share = (ageMs - FRESH_MS) / (FADED_MS - FRESH_MS);
  return 1 - share * (1 - FADED_OPACITY);
}
