/** A 64-bit hash as two unsigned 32-bit halves. */
export interface Hash64 {
  readonly high: number;
  readonly low: number;
}

/** Primes of XXH64, as high and low halves. */
const P1H = 0x9e3779b1;
const P1L = 0x85ebca87;
const P2H = 0xc2b2ae3d;
const P2L = 0x27d4eb4f;
const P3H = 0x165667b1;
const P3L = 0x9e3779f9;
const P4H = 0x85ebca77;
const P4L = 0xc2b2ae63;
const P5H = 0x27d4eb2f;
const P5L = 0x165667c5;

/** The 64-bit register that the steps below work on: two lanes, so that no BigInt is made. */
let high = 0;
let low = 0;

function add(h: number, l: number): void {
  const sum = (low >>> 0) + (l >>> 0);
  low = sum | 0;
  high = (high + h + (sum > 0xffff_ffff ? 1 : 0)) | 0;
}

function multiply(h: number, l: number): void {
  const a0 = low & 0xffff;
  const a1 = low >>> 16;
  const b0 = l & 0xffff;
  const b1 = l >>> 16;
  const low00 = Math.imul(a0, b0) >>> 0;
  const mid = Math.imul(a1, b0) >>> 0;
  const middle = mid + (low00 >>> 16);
  const cross = (Math.imul(a0, b1) >>> 0) + (middle & 0xffff);
  const carry = (Math.imul(a1, b1) >>> 0) + Math.floor(middle / 65536) + Math.floor(cross / 65536);
  high = (carry + Math.imul(high, l) + Math.imul(low, h)) | 0;
  low = (cross << 16) | (low00 & 0xffff) | 0;
}

/** Rotates left by 1 to 31 bits. */
function rotate(bits: number): void {
  const h = high;
  high = (h << bits) | (low >>> (32 - bits));
  low = (low << bits) | (h >>> (32 - bits));
}

/** Shifts right by 1 to 63 bits and xors that in. */
function xorShift(bits: number): void {
  if (bits >= 32) {
    low ^= high >>> (bits - 32);
    return;
  }
  low ^= (low >>> bits) | (high << (32 - bits));
  high ^= high >>> bits;
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** Lanes of the 32-byte stripes: v1 to v4, high then low. */
const lanes = new Int32Array(8);

function mixLane(lane: number, h: number, l: number): void {
  high = h;
  low = l;
  multiply(P2H, P2L);
  add(lanes[lane]!, lanes[lane + 1]!);
  rotate(31);
  multiply(P1H, P1L);
  lanes[lane] = high;
  lanes[lane + 1] = low;
}

/** Xors a value into the register after a round of its own. */
function mergeRound(h: number, l: number): void {
  const keptHigh = high;
  const keptLow = low;
  high = h;
  low = l;
  multiply(P2H, P2L);
  rotate(31);
  multiply(P1H, P1L);
  high ^= keptHigh;
  low ^= keptLow;
}

/** Runs the stripes of an input of 32 bytes or more into the register; returns where they end. */
function hashStripes(bytes: Uint8Array, length: number): number {
  lanes.set([0x60ea27ee, 0xadc0b5d6, P2H, P2L, 0, 0, 0x61c8864e, 0x7a143579]);
  let at = 0;
  for (; at + 32 <= length; at += 32) {
    for (let lane = 0; lane < 8; lane += 2) mixLane(lane, word(bytes, at + lane * 4 + 4), word(bytes, at + lane * 4));
  }
  let sumHigh = 0;
  let sumLow = 0;
  for (let lane = 0; lane < 8; lane += 2) {
    high = lanes[lane]!;
    low = lanes[lane + 1]!;
    rotate(lane === 0 ? 1 : lane === 2 ? 7 : lane === 4 ? 12 : 18);
    add(sumHigh, sumLow);
    sumHigh = high;
    sumLow = low;
  }
  for (let lane = 0; lane < 8; lane += 2) {
    mergeRound(lanes[lane]!, lanes[lane + 1]!);
    multiply(P1H, P1L);
    add(P4H, P4L);
  }
  return at;
}

/** Hashes the first `length` bytes into the register. */
function run(bytes: Uint8Array, length: number): void {
  let at = 0;
  if (length >= 32) {
    at = hashStripes(bytes, length);
  } else {
    high = P5H;
    low = P5L;
  }
  add(0, length);
  for (; at + 8 <= length; at += 8) {
    mergeRound(word(bytes, at + 4), word(bytes, at));
    rotate(27);
    multiply(P1H, P1L);
    add(P4H, P4L);
  }
  if (at + 4 <= length) {
    const keptHigh = high;
    const keptLow = low;
    high = 0;
    low = word(bytes, at);
    multiply(P1H, P1L);
    high ^= keptHigh;
    low ^= keptLow;
    rotate(23);
    multiply(P2H, P2L);
    add(P3H, P3L);
    at += 4;
  }
  for (; at < length; at++) {
    const keptHigh = high;
    const keptLow = low;
    high = 0;
    low = bytes[at]!;
    multiply(P5H, P5L);
    high ^= keptHigh;
    low ^= keptLow;
    rotate(11);
    multiply(P1H, P1L);
  }
  xorShift(33);
  multiply(P2H, P2L);
  xorShift(29);
  multiply(P3H, P3L);
  xorShift(32);
}

/** Upper half of XXH64 of the first `length` bytes. Allocates nothing. */
export function hashHigh32(bytes: Uint8Array, length: number): number {
  run(bytes, length);
  return high >>> 0;
}

/**
 * XXH64 with seed 0 of bytes, or of a string's UTF-8
 * (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md): every language has it, so that anybody can compute
 * where a city lives.
 */
export function hash64(input: Uint8Array | string): Hash64 {
  const bytes = typeof input === 'string' ? new TextEncoder().encode(input) : input;
  run(bytes, bytes.length);
  return { high: high >>> 0, low: low >>> 0 };
}
