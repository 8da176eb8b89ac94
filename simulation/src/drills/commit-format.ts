import { crc32 } from 'node:zlib';

/** A record as a commit on disk holds it. */
export interface StoredRecord {
  readonly partition: number;
  readonly offset: number;
  readonly weight: number;
  /** Where its bytes lie in the commit. */
  readonly from: number;
  readonly to: number;
}

/** A commit as the documented format says it has to be. */
export interface StoredCommit {
  readonly records: readonly StoredRecord[];
  /** Where the records' bytes begin and end; before is the header, behind is the trailer. */
  readonly payloadFrom: number;
  readonly payloadTo: number;
  readonly bytesBefore: number;
}

/**
 * Takes a commit apart by the documented layout, sharing nothing with the product: logs written by one release are read
 * by the next. @throws Error if a byte is not as documented.
 */
export function readCommitFormat(bytes: Uint8Array, sequence: number): StoredCommit {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const u32 = (at: number) => view.getUint32(at, true);
  const f64 = (at: number) => view.getFloat64(at, true);
  const must = (holds: boolean, what: string) => {
    if (!holds) throw new Error(`commit ${sequence}: ${what}`);
  };
  must(Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'ILC1', 'magic');
  const [partitions, records] = [u32(8), u32(12)];
  const payloadFrom = 40 + 32 * partitions + 16 * records;
  const payloadTo = payloadFrom + f64(32);
  must(bytes.length === payloadTo + 32 * partitions + 32, 'length');
  must(f64(16) === sequence, 'sequence');
  must(u32(4) === crc32(bytes.subarray(8, payloadFrom)), 'checksum of the header');
  const next = Array.from({ length: partitions }, (_, slot) => f64(40 + 32 * slot + 8));
  const found: StoredRecord[] = [];
  let at = payloadFrom;
  const counts = next.map(() => 0);
  const weights = next.map(() => 0);
  for (let record = 0; record < records; record++) {
    const entry = 40 + 32 * partitions + 16 * record;
    const [slot, length, weight] = [u32(entry), u32(entry + 4), u32(entry + 8)];
    must(slot < partitions, 'slot');
    must(u32(entry + 12) === crc32(bytes.subarray(at, at + length)), 'checksum of a record');
    const partition = u32(40 + 32 * slot);
    found.push({ partition, offset: next[slot]! + counts[slot]!, weight, from: at, to: at + length });
    counts[slot]! += 1;
    weights[slot]! += weight;
    at += length;
  }
  must(at === payloadTo, 'payload');
  counts.forEach((count, slot) => {
    must(u32(40 + 32 * slot + 4) === count, 'records of a partition');
    must(f64(40 + 32 * slot + 24) === weights[slot], 'weight of a partition');
  });
  const directory = (from: number) => Buffer.from(bytes.subarray(from, from + 32 * partitions));
  must(directory(40).equals(directory(payloadTo)), 'second directory');
  const trailer = bytes.length - 32;
  must(Buffer.from(bytes.subarray(trailer, trailer + 4)).toString('latin1') === 'ILC1', 'magic of the trailer');
  must(u32(trailer + 8) === partitions && u32(trailer + 12) === 0, 'counts of the trailer');
  must(f64(trailer + 16) === sequence && f64(trailer + 24) === f64(24), 'facts of the trailer');
  const behind = Buffer.concat([directory(payloadTo), bytes.subarray(trailer + 8)]);
  must(u32(trailer + 4) === crc32(behind), 'checksum of the trailer');
  return { records: found, payloadFrom, payloadTo, bytesBefore: f64(24) };
}

/** Base weights of the partitions a commit touches, by partition. */
export function baseWeights(bytes: Uint8Array): Map<number, number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const slots = Array.from({ length: view.getUint32(8, true) }, (_, slot) => 40 + 32 * slot);
  return new Map(slots.map((at) => [view.getUint32(at, true), view.getFloat64(at + 16, true)]));
}

/** An index entry by the documented layout. @throws Error if a byte is not as documented. */
export function readIndexFormat(bytes: Uint8Array): { bytes: number; next: number[]; weight: number[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = view.getUint32(8, true);
  const sound =
    Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'ILV1' &&
    bytes.length === 24 + 16 * count &&
    view.getUint32(12, true) === 0 &&
    view.getUint32(4, true) === crc32(bytes.subarray(8));
  if (!sound) throw new Error('index entry is not as documented');
  const column = (at: number) => Array.from({ length: count }, (_, i) => view.getFloat64(at + 8 * i, true));
  return { bytes: view.getFloat64(16, true), next: column(24), weight: column(24 + 8 * count) };
}

/** Disk space of a value in LMDB, as the log counts it. */
export function spaceOf(valueBytes: number): number {
  return valueBytes < 2000 ? valueBytes + 32 : Math.ceil((valueBytes + 16) / 4096) * 4096 + 32;
}

/** Size of a group's commit by the documented layout. */
export function valueBytesOf(group: readonly { readonly partition: number; readonly bytes: Uint8Array }[]): number {
  const partitions = new Set(group.map(({ partition }) => partition)).size;
  const payload = group.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return 40 + 64 * partitions + 16 * group.length + payload + 32;
}

/** Writes the checksums of a commit anew, so that what was changed in it looks as if it had been written. */
export function resealCommit(bytes: Uint8Array, { payloadFrom, payloadTo }: StoredCommit): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  view.setUint32(4, crc32(bytes.subarray(8, payloadFrom)), true);
  const trailer = bytes.length - 32;
  const behind = Buffer.concat([bytes.subarray(payloadTo, trailer), bytes.subarray(trailer + 8)]);
  view.setUint32(trailer + 4, crc32(behind), true);
}
