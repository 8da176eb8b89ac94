/** From here on malloc of glibc always maps memory of its own (DEFAULT_MMAP_THRESHOLD_MAX, mallopt(3)). */
const ALWAYS_MAPPED_BYTES = 32 * 1024 * 1024;

const BLOCK_BYTES = ALWAYS_MAPPED_BYTES + 4 * 1024 * 1024;

/** Numbers of an array begin where any kind of them may, and where a line of the processor's cache does. */
const ALIGN_BYTES = 64;

/** A kind of typed array. */
interface ArrayKind<Numbers> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: SharedArrayBuffer, byteOffset: number, length: number): Numbers;
}

/**
 * Memory of a partition's state: taken from the system in blocks, given back when the state is gone. Untouched pages cost
 * nothing: the system commits a page of zeros when it is first written.
 *
 * - Blocks are so large that the system has them back when a thread ends. Arrays by themselves come from the heaps that
 *   malloc shares among threads, where one small allocation of another thread holds 64 MB.
 * - They are of the shared kind, though nobody shares them: the collector does not count those, and a gigabyte of state
 *   that is brought back would make it run every few megabytes.
 */
export class StateMemory {
  #block = new SharedArrayBuffer(0);
  #used = 0;

  /** An array of so many zeros, as in `take(Float64Array, 1000)`. */
  take<Numbers>(kind: ArrayKind<Numbers>, length: number): Numbers {
    const bytes = length * kind.BYTES_PER_ELEMENT;
    if (this.#used + bytes > this.#block.byteLength) {
      this.#block = new SharedArrayBuffer(Math.max(BLOCK_BYTES, bytes));
      this.#used = 0;
    }
    const numbers = new kind(this.#block, this.#used, length);
    this.#used += Math.ceil(bytes / ALIGN_BYTES) * ALIGN_BYTES;
    return numbers;
  }
}
