import type { Prng } from '@isotherm/testkit';
import { concat, mutateBytes } from '../mutation/mutate-bytes.ts';

/** Several messages as one input: each with its length before it, as a little-endian uint32. */
export function joinFrames(frames: readonly Uint8Array[]): Uint8Array {
  return concat(
    ...frames.flatMap((frame) => {
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, frame.length, true);
      return [length, frame];
    }),
  );
}

/** The messages of an input, copies; a length that is too large means the rest. */
export function splitFrames(bytes: Uint8Array, most: number): Uint8Array[] {
  const frames: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + 4 <= bytes.length && frames.length < most; ) {
    const length = view.getUint32(at, true);
    frames.push(bytes.slice(at + 4, Math.min(bytes.length, at + 4 + length)));
    at += 4 + length;
  }
  return frames;
}

/** Longest frame that the default mutation makes, in bytes. */
const FRAME_BYTES = 4096;

/** Changes one of the frames, or their order. Default of `mutate`: byte by byte, with pieces of the others. */
export function mutateFrames(
  bytes: Uint8Array,
  random: Prng,
  options: { readonly most: number; readonly mutate?: (frame: Uint8Array, index: number) => Uint8Array },
): Uint8Array {
  const material = { corpus: [bytes], words: [], maxBytes: FRAME_BYTES };
  const { mutate = (frame: Uint8Array) => mutateBytes(frame, random, material) } = options;
  const frames = splitFrames(bytes, options.most);
  if (frames.length === 0) return bytes;
  const at = random.below(frames.length);
  const to = random.below(frames.length + 1);
  switch (random.below(5)) {
    case 0:
      frames.splice(to, 0, frames[at]!);
      break;
    case 1:
      frames.splice(to, 0, ...frames.splice(at, 1));
      break;
    default:
      frames[at] = mutate(frames[at]!, at);
  }
  return joinFrames(frames);
}
