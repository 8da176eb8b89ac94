import { CHUNK_SLOTS, PANE_BYTES, RING_ROWS } from './pane-layout.ts';

/** Bytes of a slab: the panes of a chunk. */
export const SLAB_BYTES = RING_ROWS * CHUNK_SLOTS * PANE_BYTES;

/** From here on malloc of glibc always maps memory of its own (DEFAULT_MMAP_THRESHOLD_MAX, mallopt(3)). */
const ALWAYS_MAPPED_BYTES = 32 * 1024 * 1024;

const SLABS_PER_BLOCK = Math.floor(ALWAYS_MAPPED_BYTES / SLAB_BYTES) + 1;

/**
 * Memory of a partition's panes, taken from the system in blocks and cut into slabs. Untouched pages cost no memory: the
 * system commits a page of zeros when it is first written.
 *
 * - Blocks are so large that the system has them back when the partition ends. Slabs by themselves would come from the
 *   heaps that malloc shares among threads, where one small allocation of another thread holds 64 MB.
 * - They are of the shared kind, though nobody shares them: the collector does not count those, and a gigabyte of panes
 *   that is brought back would make it run every 64 MB.
 */
export class PaneMemory {
  #block = new SharedArrayBuffer(0);
  #used = 0;

  /** The next slab, all zeros. */
  next(): Uint8Array<SharedArrayBuffer> {
    if (this.#used + SLAB_BYTES > this.#block.byteLength) {
      this.#block = new SharedArrayBuffer(SLABS_PER_BLOCK * SLAB_BYTES);
      this.#used = 0;
    }
    const slab = new Uint8Array(this.#block, this.#used, SLAB_BYTES);
    this.#used += SLAB_BYTES;
    return slab;
  }
}
