/**
 * Layout of a commit: the value of one LMDB record, little-endian.
 *
 * ```
 * header     magic u32 | CRC-32 u32 of what follows it up to the payload | partitions u32 | records u32 |
 *            sequence f64 | bytes before f64 | payload bytes f64 | append stamp f64
 * partitions partition u32 | records u32 | base offset f64 | base weight f64 | weight f64        each
 * records    index into partitions u32 | length u32 | weight u32 | CRC-32 u32                     each
 * payload    the records' bytes, one after the other
 * trailer    the partitions again | magic u32 | CRC-32 u32 of partitions and what follows | partitions u32 | 0 u32 |
 *            sequence f64 | bytes before f64
 * ```
 *
 * Offsets are absolute and the partitions are there twice, so that damage to a commit costs its records at most and
 * never shifts the offsets of others.
 */
export const COMMIT_MAGIC = 0x32434c49; // "ILC2"
export const HEADER_BYTES = 48;
export const PARTITION_BYTES = 32;
export const RECORD_BYTES = 16;
export const TRAILER_BYTES = 32;

const PAGE_BYTES = 4096;
const NODE_BYTES = 32;
const OVERFLOW_FROM_BYTES = 2000;

/** Size of a commit's value. */
export function commitBytes(partitions: number, records: number, payloadBytes: number): number {
  return HEADER_BYTES + 2 * partitions * PARTITION_BYTES + records * RECORD_BYTES + payloadBytes + TRAILER_BYTES;
}

/** Disk space a value of this size takes in LMDB: whole pages above about half a page. */
export function diskBytes(valueBytes: number): number {
  if (valueBytes < OVERFLOW_FROM_BYTES) return valueBytes + NODE_BYTES;
  return Math.ceil((valueBytes + 16) / PAGE_BYTES) * PAGE_BYTES + NODE_BYTES;
}
