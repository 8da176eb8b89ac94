/** Memory for encoded rows, used again instead of being allocated and zeroed for each write. */
export interface BufferPool {
  /** At least `byteLength` bytes. Their content is arbitrary. */
  readonly take: (byteLength: number) => Uint8Array<ArrayBuffer>;
  /** Gives memory back, whichever part of it the view shows. Beyond the pool's size it is dropped. */
  readonly give: (bytes: Uint8Array<ArrayBuffer>) => void;
}

/** A pool that keeps at most `maxBuffers` buffers (default 4), the largest ones. */
export function createBufferPool(maxBuffers = 4): BufferPool {
  const free: ArrayBuffer[] = [];
  return {
    take(byteLength) {
      const found = free.findIndex((buffer) => buffer.byteLength >= byteLength);
      const [reused] = found === -1 ? [] : free.splice(found, 1);
      return new Uint8Array(reused ?? new ArrayBuffer(roundUp(byteLength)));
    },
    give(bytes) {
      if (bytes.buffer.byteLength === 0) return;
      free.push(bytes.buffer);
      if (free.length <= maxBuffers) return;
      free.sort((a, b) => b.byteLength - a.byteLength);
      free.length = maxBuffers;
    },
  };
}

function roundUp(byteLength: number): number {
  return Math.max(65_536, 2 ** Math.ceil(Math.log2(byteLength)));
}
