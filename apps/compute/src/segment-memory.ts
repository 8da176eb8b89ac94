/** Memory that a checkpoint is read into before it is restored; the next one uses it again. */
export interface SegmentMemory {
  /** Bytes for a segment, valid until {@link SegmentMemory.reuse}. What they hold is undefined. */
  allocate(bytes: number): Uint8Array;
  /** What was allocated is not needed any more. */
  reuse(): void;
}

const FIRST_BLOCK_BYTES = 16 << 20;

/**
 * Creates such memory. A start reads all state there is: fresh memory for each segment would cost as much as reading,
 * in pages the system must clear and in collections the engine runs for the old ones.
 */
export function createSegmentMemory(): SegmentMemory {
  let block = new Uint8Array(0);
  let used = 0;
  return {
    allocate(bytes) {
      if (used + bytes > block.length) {
        block = new Uint8Array(Math.max(FIRST_BLOCK_BYTES, 2 * block.length, bytes));
        used = 0;
      }
      const found = block.subarray(used, used + bytes);
      used += bytes;
      return found;
    },
    reuse() {
      used = 0;
    },
  };
}
