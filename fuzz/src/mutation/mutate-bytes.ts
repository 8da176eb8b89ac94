import type { Prng } from '@isotherm/testkit';
import { mutateFields } from './mutate-fields.ts';

/** Numbers where codecs break: edges of every width. */
const EDGES = [
  0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0xff_ffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe,
  0xffff_ffff,
];
const DOUBLE_EDGES = [
  0,
  -0,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  2 ** 53 - 1,
  -(2 ** 53),
  1e300,
];
/** Varints of 1 to 11 bytes, the longest beyond what a 64-bit number needs. */
const VARINTS = [
  [0x00],
  [0x7f],
  [0x80, 0x01],
  [0xff, 0xff, 0x03],
  [0xff, 0xff, 0xff, 0xff, 0x07],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x80, 0x80, 0x80, 0x10],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
];

/** What {@link mutateBytes} may draw on. */
export interface MutationMaterial {
  /** Inputs to take pieces from; not empty. */
  readonly corpus: readonly Uint8Array[];
  readonly words: readonly Uint8Array[];
  readonly maxBytes: number;
}

type Mutation = (bytes: Uint8Array, random: Prng, material: MutationMaterial) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  flipBit,
  setByte,
  setByte,
  truncate,
  dropPiece,
  doublePiece,
  splice,
  splice,
  writeInteger,
  writeInteger,
  writeDouble,
  insertVarint,
  insertWord,
  insertRandom,
  swapPieces,
  (bytes, random) => mutateFields(bytes, random),
  (bytes, random) => mutateFields(bytes, random),
];

/** One to eight mutations, one after the other, at most `maxBytes` long. The input stays as it is. */
export function mutateBytes(bytes: Uint8Array, random: Prng, material: MutationMaterial): Uint8Array {
  let mutated = bytes;
  for (let left = 1 + Math.floor(random.float() ** 3 * 8); left > 0; left -= 1) {
    mutated = random.pick(MUTATIONS)(mutated, random, material);
    if (mutated.length > material.maxBytes) mutated = mutated.slice(0, material.maxBytes);
  }
  return mutated;
}

function flipBit(bytes: Uint8Array, random: Prng): Uint8Array {
  const copy = bytes.slice();
  if (copy.length > 0) copy[random.below(copy.length)]! ^= 1 << random.below(8);
  return copy;
}

function setByte(bytes: Uint8Array, random: Prng): Uint8Array {
  const copy = bytes.slice();
  if (copy.length > 0) copy[random.below(copy.length)] = random.chance(0.5) ? random.below(256) : random.pick(EDGES);
  return copy;
}

function truncate(bytes: Uint8Array, random: Prng): Uint8Array {
  return random.chance(0.7)
    ? bytes.slice(0, random.below(bytes.length + 1))
    : bytes.slice(0, bytes.length - 1 - random.below(8));
}

function dropPiece(bytes: Uint8Array, random: Prng): Uint8Array {
  const [from, to] = piece(bytes, random);
  return concat(bytes.subarray(0, from), bytes.subarray(to));
}

function doublePiece(bytes: Uint8Array, random: Prng): Uint8Array {
  const [from, to] = piece(bytes, random);
  const times = random.chance(0.9) ? 1 : 1 + random.below(64);
  const parts = Array.from({ length: times }, () => bytes.subarray(from, to));
  return concat(bytes.subarray(0, to), ...parts, bytes.subarray(to));
}

function splice(bytes: Uint8Array, random: Prng, { corpus }: MutationMaterial): Uint8Array {
  const other = random.pick(corpus);
  const [from, to] = piece(other, random);
  const at = random.below(bytes.length + 1);
  const rest = random.chance(0.5) ? at : Math.min(bytes.length, at + to - from);
  return concat(bytes.subarray(0, at), other.subarray(from, to), bytes.subarray(rest));
}

function writeInteger(bytes: Uint8Array, random: Prng): Uint8Array {
  const width = random.pick([2, 4, 4, 8]);
  if (bytes.length < width) return setByte(bytes, random);
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  // Fields are mostly aligned.
  const at = random.chance(0.7)
    ? Math.floor(random.below(bytes.length - width + 1) / width) * width
    : random.below(bytes.length - width + 1);
  const little = random.chance(0.9);
  const near = random.chance(0.3) ? random.below(9) - 4 : undefined;
  if (width === 2)
    view.setUint16(at, near === undefined ? random.pick(EDGES) : view.getUint16(at, true) + near, little);
  else if (width === 4)
    view.setUint32(at, near === undefined ? random.pick(EDGES) : view.getUint32(at, true) + near, little);
  else view.setBigUint64(at, random.chance(0.5) ? 2n ** 64n - 1n : BigInt(random.pick(EDGES)) << 16n, little);
  return copy;
}

function writeDouble(bytes: Uint8Array, random: Prng): Uint8Array {
  if (bytes.length < 8) return setByte(bytes, random);
  const copy = bytes.slice();
  new DataView(copy.buffer).setFloat64(
    Math.floor(random.below(bytes.length - 7) / 8) * 8,
    random.pick(DOUBLE_EDGES),
    true,
  );
  return copy;
}

function insertVarint(bytes: Uint8Array, random: Prng): Uint8Array {
  const at = random.below(bytes.length + 1);
  const varint = Uint8Array.from(random.pick(VARINTS));
  const skip = random.chance(0.5) ? 1 : 0;
  return concat(bytes.subarray(0, at), varint, bytes.subarray(Math.min(bytes.length, at + skip)));
}

function insertWord(bytes: Uint8Array, random: Prng, { words }: MutationMaterial): Uint8Array {
  if (words.length === 0) return insertRandom(bytes, random);
  const at = random.below(bytes.length + 1);
  const word = random.pick(words);
  const skip = random.chance(0.5) ? word.length : 0;
  return concat(bytes.subarray(0, at), word, bytes.subarray(Math.min(bytes.length, at + skip)));
}

function insertRandom(bytes: Uint8Array, random: Prng): Uint8Array {
  const at = random.below(bytes.length + 1);
  const noise = Uint8Array.from({ length: 1 + random.below(16) }, () => random.below(256));
  return concat(bytes.subarray(0, at), noise, bytes.subarray(at));
}

function swapPieces(bytes: Uint8Array, random: Prng): Uint8Array {
  const [from, to] = piece(bytes, random);
  const middle = from + random.below(to - from + 1);
  return concat(bytes.subarray(0, from), bytes.subarray(middle, to), bytes.subarray(from, middle), bytes.subarray(to));
}

/** Bounds of a piece, mostly a short one. */
function piece(bytes: Uint8Array, random: Prng): readonly [from: number, to: number] {
  const from = random.below(bytes.length + 1);
  const most = bytes.length - from;
  const length = Math.ceil(random.float() ** 3 * most);
  return [from, from + length];
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
