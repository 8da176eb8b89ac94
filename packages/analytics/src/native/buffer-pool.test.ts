import { describe, expect, it } from 'vitest';
import { createBufferPool } from './buffer-pool.ts';

const MIB = 1024 ** 2;

describe('buffer pool', () => {
  it('hands out again what came back, if it is large enough', () => {
    const pool = createBufferPool();
    const first = pool.take(100);
    pool.give(first.subarray(0, 10));
    expect(pool.take(2 * MIB).buffer).not.toBe(first.buffer);
    expect(pool.take(500).buffer).toBe(first.buffer);
    expect(pool.take(500).buffer).not.toBe(first.buffer);
  });

  it('keeps no more than its size, the latest first', () => {
    const pool = createBufferPool(3 * MIB);
    const [small, large, huge] = [pool.take(1), pool.take(2.5 * MIB), pool.take(9 * MIB)];
    for (const bytes of [small, large, huge]) pool.give(bytes);
    expect(pool.take(1).buffer).not.toBe(small.buffer);
  });

  it('ignores memory that went to another thread', () => {
    const pool = createBufferPool();
    const bytes = pool.take(10);
    structuredClone(bytes, { transfer: [bytes.buffer] });
    pool.give(bytes);
    expect(pool.take(10).byteLength).toBeGreaterThanOrEqual(10);
  });
});
