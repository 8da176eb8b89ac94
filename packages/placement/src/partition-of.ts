import { hashHigh32 } from './hash64.ts';

const encoder = new TextEncoder();
/** City ids have at most 64 bytes; longer strings, which no valid id is, get a buffer of their own. */
const scratch = new Uint8Array(256);

/** Entries of the memo of numeric ids: a direct-mapped table, 2^15 × 8 bytes. */
const MEMO_BITS = 15;
const memoId = new Uint32Array(1 << MEMO_BITS);
const memoHash = new Uint32Array(1 << MEMO_BITS);

/** Spreads a 32-bit hash over `count` partitions: exact, since the product stays below 2^53. */
function scale(hash: number, count: number): number {
  return Math.floor((hash * count) / 0x1_0000_0000);
}

/**
 * Partition of a city: the upper half of XXH64 of the id's UTF-8, × partitionCount / 2³², rounded down.
 *
 * @param partitionCount 1 to 2^20.
 */
export function partitionOf(cityId: string, partitionCount: number): number {
  if (cityId.length * 3 > scratch.length) {
    const bytes = encoder.encode(cityId);
    return scale(hashHigh32(bytes, bytes.length), partitionCount);
  }
  return scale(hashHigh32(scratch, encoder.encodeInto(cityId, scratch).written), partitionCount);
}

/**
 * Partition of a city whose id is a canonical decimal integer: the same as {@link partitionOf} of the decimal string,
 * without making it. The hashes of ids seen lately are kept.
 *
 * @param id 0 to 2^32 − 1.
 */
export function partitionOfNumericId(id: number, partitionCount: number): number {
  const entry = Math.imul(id, 0x9e3779b1) >>> (32 - MEMO_BITS);
  // A memo entry is empty while its hash is 0; the one id in 2³² that hashes to 0 is computed every time.
  if (memoId[entry] === id && memoHash[entry] !== 0) return scale(memoHash[entry]!, partitionCount);
  const hash = hashHigh32(scratch, writeDecimal(id));
  memoId[entry] = id;
  memoHash[entry] = hash;
  return scale(hash, partitionCount);
}

/** Writes the decimal digits of an unsigned integer into the scratch buffer; returns how many. */
function writeDecimal(id: number): number {
  let length = 1;
  for (let bound = 10; bound <= id; bound *= 10) length++;
  let rest = id;
  for (let at = length - 1; at >= 0; at--) {
    const next = Math.floor(rest / 10);
    scratch[at] = 48 + rest - next * 10;
    rest = next;
  }
  return length;
}
