import { createBufferPool } from '@isotherm/log/internals';
import type { Drill } from './drill.ts';

/** Buffers are used again, each by one owner at a time, and no more are kept than may be. */
export function drillBufferPool({ prng, same }: Drill): void {
  const maxKeptBytes = 32_768;
  const pool = createBufferPool(maxKeptBytes);
  const held: Uint8Array[] = [];
  const kept = new Set<ArrayBufferLike>();
  const keptBytes = () => [...kept].reduce((sum, { byteLength }) => sum + byteLength, 0);
  for (let i = 0; i < 60; i++) {
    if (held.length === 0 || prng.chance(0.5)) {
      const bytes = prng.pick([1 + prng.below(9_000), 4_096, 4_097, 8_192]);
      const size = [4_096, 8_192, 16_384].find((each) => each >= bytes);
      const some = [...kept].some(({ byteLength }) => byteLength === size);
      const buffer = pool.take(bytes);
      same(
        'a buffer is as long as asked for, and an old one if there is one',
        [buffer.length, buffer.byteOffset, buffer.buffer.byteLength, kept.delete(buffer.buffer)],
        [bytes, 0, size, some],
      );
      held.push(buffer);
    } else {
      const [buffer] = held.splice(prng.below(held.length), 1);
      pool.give(buffer!);
      if (keptBytes() + buffer!.buffer.byteLength <= maxKeptBytes) kept.add(buffer!.buffer);
    }
  }
}
