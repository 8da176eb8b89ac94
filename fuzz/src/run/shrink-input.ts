/** Tries at most, and time, so that a finding is reported soon. */
const MAX_TRIES = 4000;
const MAX_MS = 20_000;

/** A shorter and plainer input that still fails in the same way: pieces are left out, then bytes made 0. */
export async function shrinkInput(
  input: Uint8Array,
  stillFails: (input: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let best = input;
  let tries = 0;
  const endMs = performance.now() + MAX_MS;
  const better = async (candidate: Uint8Array): Promise<boolean> => {
    tries += 1;
    if (performance.now() > endMs) tries = MAX_TRIES + 1;
    if (tries > MAX_TRIES || !(await stillFails(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let size = best.length >>> 1; size >= 1 && tries < MAX_TRIES; size >>>= 1) {
    for (let at = 0; at + size <= best.length && tries < MAX_TRIES; ) {
      const without = new Uint8Array(best.length - size);
      without.set(best.subarray(0, at));
      without.set(best.subarray(at + size), at);
      if (!(await better(without))) at += size;
    }
  }
  for (let at = 0; at < best.length && tries < MAX_TRIES; at += 1) {
    if (best[at] === 0) continue;
    const plainer = best.slice();
    plainer[at] = 0;
    await better(plainer);
  }
  return best;
}
