const SMALLEST_BYTES = 4096;

/** Buffers for commits on their way to disk, reused so that a steady load allocates nothing. */
export interface BufferPool {
  /** A buffer of exactly this length, at least 1; what it holds is undefined. */
  take(bytes: number): Uint8Array;
  /** Gives a buffer back: nobody may use it any more. */
  give(buffer: Uint8Array): void;
}

/** Creates a pool that keeps at most `maxKeptBytes` for reuse and drops what exceeds that. */
export function createBufferPool(maxKeptBytes: number): BufferPool {
  const kept = new Map<number, ArrayBuffer[]>();
  let keptBytes = 0;
  return {
    take(bytes) {
      const size = Math.max(SMALLEST_BYTES, 2 ** Math.ceil(Math.log2(bytes)));
      const found = kept.get(size)?.pop();
      if (found !== undefined) keptBytes -= size;
      return new Uint8Array(found ?? new ArrayBuffer(size), 0, bytes);
    },
    give(buffer) {
      const size = buffer.buffer.byteLength;
      if (keptBytes + size > maxKeptBytes) return;
      keptBytes += size;
      const list = kept.get(size);
      if (list === undefined) kept.set(size, [buffer.buffer as ArrayBuffer]);
      else list.push(buffer.buffer as ArrayBuffer);
    },
  };
}
