const CHUNK_BYTES = 1 << 20;
const ALIGNMENT_BYTES = 8;

/** Memory for the records of a poll, reused by the next poll. */
export interface RecordArena {
  /** Forgets everything handed out: its memory will be used again. */
  reset(): void;
  /** A copy of the bytes that begins at a multiple of eight, so that typed arrays can lie over it. */
  copy(bytes: Uint8Array): Uint8Array;
}

/** Creates an arena that keeps up to `maxKeptBytes` between polls. Default 32 MiB. */
export function createRecordArena(maxKeptBytes: number = 32 << 20): RecordArena {
  let chunks: ArrayBuffer[] = [];
  let current = 0;
  let used = 0;
  return {
    reset() {
      let keptBytes = 0;
      chunks = chunks.filter((chunk) => {
        keptBytes += chunk.byteLength;
        return keptBytes <= maxKeptBytes;
      });
      current = 0;
      used = 0;
    },
    copy(bytes) {
      while (current < chunks.length && used + bytes.length > chunks[current]!.byteLength) {
        current++;
        used = 0;
      }
      if (current === chunks.length) chunks.push(new ArrayBuffer(Math.max(CHUNK_BYTES, bytes.length)));
      const copy = new Uint8Array(chunks[current]!, used, bytes.length);
      copy.set(bytes);
      used = Math.ceil((used + bytes.length) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
      return copy;
    },
  };
}
