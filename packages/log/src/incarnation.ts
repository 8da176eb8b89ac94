/**
 * Makes the identity of a new log: 48 bits of time, then 16 bits of chance, as 16 hexadecimal digits. Of two logs the
 * one made later compares greater, also as a string.
 *
 * @param nowMs milliseconds since the epoch
 * @param random16 whole number, 0 ≤ random16 < 65,536
 */
export function createIncarnation(nowMs: number, random16: number): string {
  const time = Math.trunc(nowMs).toString(16).padStart(12, '0');
  if (time.length > 12) throw new RangeError(`Time ${nowMs} ms does not fit an incarnation`);
  return time + (random16 & 0xffff).toString(16).padStart(4, '0');
}

/** Whether a string has the form of an incarnation. */
export function isIncarnation(text: string): boolean {
  return /^[0-9a-f]{16}$/.test(text);
}
