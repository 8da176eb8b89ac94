import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `look` gives something; fails with what it saw last. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  limitMs = 240_000,
): Promise<T> {
  const endMs = performance.now() + limitMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      last = found;
    } catch (error) {
      last = error;
    }
    if (performance.now() > endMs) throw new Error(`${what}: not within ${limitMs} ms`, { cause: last });
    await sleep(25);
  }
}
