/**
 * The digest of a slice is the sum, modulo 2³² in each of two words, of the digests of its rows: independent of their
 * order, and of how they were written down (rows or columns, integers or float64). A retry of a batch has the digests of
 * the batch; other content under the same sequence has others, with a chance of 2⁻⁶⁴ to the contrary. Part of the
 * record format: digests of different program versions meet.
 */

/** Stands for a value that was not measured. */
export const MISSING_DIGEST = 0x8000_0000 | 0;

const FLOAT = new Float64Array(1);
const WORDS = new Int32Array(FLOAT.buffer);

/** Digest of a value: its hundredths where they are exact, otherwise folded from its float64 bits. Never {@link MISSING_DIGEST}. */
export function valueDigest(value: number): number {
  const centi = Math.round(value * 100);
  if (centi / 100 === value && centi > -0x8000_0000 && centi < 0x8000_0000) return centi | 0;
  FLOAT[0] = Number.isNaN(value) ? Number.NaN : value;
  const folded = Math.imul(WORDS[0]! ^ (WORDS[1]! << 7) ^ 0x9e3779b9, 0x85ebca6b) ^ WORDS[1]!;
  return folded === MISSING_DIGEST ? 1 : folded;
}

/** First word of a row's digest. `city` is the first word of its city's, the values are {@link valueDigest}s. */
export function rowDigestLow(
  city: number,
  observedMs: number,
  temperature: number,
  humidity: number,
  wind: number,
): number {
  let x = Math.imul(city ^ (observedMs | 0), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 15) ^ temperature, 0xc2b2ae35);
  x = Math.imul(x ^ (x >>> 13) ^ humidity, 0x27d4eb2f);
  x = Math.imul(x ^ (x >>> 16) ^ wind, 0x165667b1);
  return x ^ (x >>> 15);
}

/** Second word. `city` is the second word of its city's. */
export function rowDigestHigh(
  city: number,
  observedMs: number,
  temperature: number,
  humidity: number,
  wind: number,
): number {
  let x = Math.imul(city ^ wind, 0x9e3779b1);
  x = Math.imul(x ^ (x >>> 14) ^ humidity, 0xcc9e2d51);
  x = Math.imul(x ^ (x >>> 16) ^ (observedMs | 0) ^ ((observedMs / 0x1_0000_0000) << 8), 0x1b873593);
  x = Math.imul(x ^ (x >>> 13) ^ temperature, 0xe6546b64);
  return x ^ (x >>> 16);
}

/** Two words of a text, in UTF-16 code units: FNV-1a and a multiplicative hash. */
export function textDigest(text: string): readonly [low: number, high: number] {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ (high >>> 13) ^ unit, 0x5bd1e995);
  }
  return [low | 0, (high ^ text.length) | 0];
}

/** A word of a city's digest with the sensor's mixed in: rows of two sensors differ. A row without a sensor has its city's. */
export function withSensor(cityWord: number, sensorWord: number): number {
  return Math.imul(cityWord ^ (sensorWord >>> 7) ^ sensorWord, 0x2c1b3c6d);
}
