/** Memory for encoded rows, used again instead of being allocated and zeroed for each write. */
export interface BufferPool {
  /** At least `byteLength` bytes. Their content is arbitrary. */
  readonly take: (byteLength: number) => Uint8Array<ArrayBuffer>;
  /** Gives memory back, whichever part of it the view shows. What would take the pool past its size is dropped. */
  readonly give: (bytes: Uint8Array<ArrayBuffer>) => void;
}

const STEP_BYTES = 1024 ** 2;

/** A pool that keeps at most `maxBytes` bytes between uses. Default 64 MiB. */
export function createBufferPool(maxBytes = 64 * STEP_BYTES): BufferPool {
  const free: ArrayBuffer[] = [];
  let kept = 0;
  return {
    take(byteLength) {
      const found = free.findIndex((buffer) => buffer.byteLength >= byteLength);
      const [reused] = found === -1 ? [] : free.splice(found, 1);
      kept -= reused?.byteLength ?? 0;
      return new Uint8Array(reused ?? new ArrayBuffer(Math.ceil((byteLength + 1) / STEP_BYTES) * STEP_BYTES));
    },
    give({ buffer }) {
      if (buffer.byteLength === 0) return;
      while (free.length > 0 && kept + buffer.byteLength > maxBytes) kept -= (free.shift() as ArrayBuffer).byteLength;
      if (kept + buffer.byteLength > maxBytes) return;
      kept += buffer.byteLength;
      free.push(buffer);
    },
  };
}
