import type { Catalogue, City } from '@isotherm/catalogue';

/** Cities that a text without a match may have meant. None where they would cost more than they are worth. */
export type NearMatches = (text: string) => readonly City[];

const MAX_MATCHES = 5;
/** Longer texts are nobody's typing error. */
const MAX_CHARACTERS = 64;
const MAX_KEPT = 1_000;
/** Time that searches may take: so much of a second, and so much at once after a pause, in ms. */
const BUDGET_SHARE = 0.05;
const BUDGET_BURST_MS = 500;

/**
 * Creates the search for near matches. It looks at every name of the catalogue, which takes longer than the answer that
 * it is part of: answers are kept, and all searches together take a twentieth of the time.
 */
export function createNearMatches(
  catalogue: Pick<Catalogue, 'nearMatches'>,
  monotonicMs: () => number = () => performance.now(),
): NearMatches {
  const kept = new Map<string, readonly City[]>();
  let leftMs = BUDGET_BURST_MS;
  let countedMs = monotonicMs();
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    if (text.length > MAX_CHARACTERS) return [];
    const beganMs = monotonicMs();
    leftMs = Math.min(BUDGET_BURST_MS, leftMs + (beganMs - countedMs) * BUDGET_SHARE);
    countedMs = beganMs;
    if (leftMs <= 0) return [];
    const found = catalogue.nearMatches(text, MAX_MATCHES);
    leftMs -= monotonicMs() - beganMs;
    if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value!);
    kept.set(text, found);
    return found;
  };
}
