import { crc32 } from 'node:zlib';

const MAGIC = 0x32564c49; // "ILV2"
const HEADER_BYTES = 32;

/** Where every partition of a log stands before a certain commit. */
export interface PartitionVector {
  /** Next offset, by partition. */
  readonly next: Float64Array;
  /** Weight of all records before that offset, by partition. */
  readonly weight: Float64Array;
  /** Disk space of all commits before, trimmed ones included. */
  bytes: number;
  /** Stamp of the last commit before, ms since the epoch; 0 where there is none. */
  appendMs: number;
}

/** The vector of an empty log. */
export function createPartitionVector(partitionCount: number): PartitionVector {
  return { next: new Float64Array(partitionCount), weight: new Float64Array(partitionCount), bytes: 0, appendMs: 0 };
}

/** An independent copy. */
export function copyPartitionVector(vector: PartitionVector): PartitionVector {
  return { ...vector, next: vector.next.slice(), weight: vector.weight.slice() };
}

/**
 * A vector as an index entry: magic, CRC-32 of the rest, partition count, 0, bytes (float64), append stamp (float64),
 * next offsets (float64 each), weights (float64 each); little-endian.
 */
export function encodePartitionVector(vector: PartitionVector): Uint8Array {
  const count = vector.next.length;
  const bytes = new Uint8Array(HEADER_BYTES + count * 16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(8, count, true);
  view.setFloat64(16, vector.bytes, true);
  view.setFloat64(24, vector.appendMs, true);
  for (let partition = 0; partition < count; partition++) {
    view.setFloat64(HEADER_BYTES + partition * 8, vector.next[partition]!, true);
    view.setFloat64(HEADER_BYTES + (count + partition) * 8, vector.weight[partition]!, true);
  }
  view.setUint32(4, crc32(bytes.subarray(8)), true);
  return bytes;
}

/** The vector of an index entry, or undefined if the entry is damaged or of another partition count. */
export function decodePartitionVector(bytes: Uint8Array, partitionCount: number): PartitionVector | undefined {
  if (bytes.length !== HEADER_BYTES + partitionCount * 16) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0, true) !== MAGIC || view.getUint32(8, true) !== partitionCount) return undefined;
  if (view.getUint32(4, true) !== crc32(bytes.subarray(8))) return undefined;
  const vector = createPartitionVector(partitionCount);
  vector.bytes = view.getFloat64(16, true);
  vector.appendMs = view.getFloat64(24, true);
  if (!Number.isFinite(vector.appendMs)) return undefined;
  for (let partition = 0; partition < partitionCount; partition++) {
    vector.next[partition] = view.getFloat64(HEADER_BYTES + partition * 8, true);
    vector.weight[partition] = view.getFloat64(HEADER_BYTES + (partitionCount + partition) * 8, true);
  }
  return vector;
}
