/** Memory of one column, 8-byte aligned, used again for every message; it grows by doubling. */
export interface ColumnMemory {
  /** Copies little-endian entries in. */
  uint32(bytes: Buffer, start: number, byteLength: number): Uint32Array;
  int32(bytes: Buffer, start: number, byteLength: number): Int32Array;
  float64(bytes: Buffer, start: number, byteLength: number): Float64Array;
  /** Memory for entries that the caller writes. */
  entries(count: number): Uint32Array;
}

/** Creates memory that holds nothing yet. */
export function createColumnMemory(): ColumnMemory {
  let memory = Buffer.from(new ArrayBuffer(4096));
  const take = (byteLength: number): ArrayBuffer => {
    if (byteLength > memory.byteLength) {
      memory = Buffer.from(new ArrayBuffer(2 ** Math.ceil(Math.log2(byteLength))));
    }
    return memory.buffer as ArrayBuffer;
  };
  const copy = (bytes: Buffer, start: number, byteLength: number): ArrayBuffer => {
    const buffer = take(byteLength);
    bytes.copy(memory, 0, start, start + byteLength);
    return buffer;
  };
  return {
    uint32: (bytes, start, byteLength) => new Uint32Array(copy(bytes, start, byteLength), 0, byteLength >>> 2),
    int32: (bytes, start, byteLength) => new Int32Array(copy(bytes, start, byteLength), 0, byteLength >>> 2),
    float64: (bytes, start, byteLength) => new Float64Array(copy(bytes, start, byteLength), 0, byteLength >>> 3),
    entries: (count) => new Uint32Array(take(count * 4), 0, count),
  };
}
