import { crc32 } from 'node:zlib';
import {
  COMMIT_MAGIC,
  commitBytes,
  HEADER_BYTES,
  PARTITION_BYTES,
  RECORD_BYTES,
  TRAILER_BYTES,
} from './commit-layout.ts';

/**
 * What is left of a commit: `whole`: its directory is right (each record still has its own checksum); `extents`: only
 * which offsets it held; `lost`: not even that.
 */
export type CommitCondition = 'whole' | 'extents' | 'lost';

/** Reads a commit in place. Reused for one commit after the other; valid as long as the bytes are. */
export class CommitView {
  condition: CommitCondition = 'lost';
  // Set by `read`, before which there is no commit to ask about.
  partitions!: number;
  records!: number;
  /** Disk space of all commits before this one. */
  bytesBefore!: number;
  valueBytes!: number;
  /** The log's stamp of its records, ms since the epoch; of a `whole` commit only. */
  appendMs!: number;
  #bytes!: Uint8Array;
  #view!: DataView;
  #partitionsAt!: number;
  #recordsAt!: number;
  #payloadAt!: number;

  /** Turns to another commit, the one under key `sequence`. */
  read(bytes: Uint8Array, sequence: number, partitionCount: number): CommitCondition {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.valueBytes = bytes.length;
    this.condition = this.#readHeader(sequence, partitionCount)
      ? 'whole'
      : this.#readTrailer(sequence, partitionCount)
        ? 'extents'
        : 'lost';
    return this.condition;
  }

  partitionAt(slot: number): number {
    return this.#view.getUint32(this.#partitionsAt + slot * PARTITION_BYTES, true);
  }

  /** How many records of the partition the commit holds. */
  countAt(slot: number): number {
    return this.#view.getUint32(this.#partitionsAt + slot * PARTITION_BYTES + 4, true);
  }

  /** Offset of the partition's first record in the commit. */
  baseOffsetAt(slot: number): number {
    return this.#view.getFloat64(this.#partitionsAt + slot * PARTITION_BYTES + 8, true);
  }

  baseWeightAt(slot: number): number {
    return this.#view.getFloat64(this.#partitionsAt + slot * PARTITION_BYTES + 16, true);
  }

  weightAt(slot: number): number {
    return this.#view.getFloat64(this.#partitionsAt + slot * PARTITION_BYTES + 24, true);
  }

  /** Index of the partition of a record. */
  slotOf(record: number): number {
    return this.#view.getUint32(this.#recordsAt + record * RECORD_BYTES, true);
  }

  lengthOf(record: number): number {
    return this.#view.getUint32(this.#recordsAt + record * RECORD_BYTES + 4, true);
  }

  /** Where the first record's bytes begin; the others follow. */
  get payloadAt(): number {
    return this.#payloadAt;
  }

  /** The record's bytes in place, or undefined if they do not match their checksum. */
  recordBytes(record: number, at: number): Uint8Array | undefined {
    const bytes = this.#bytes.subarray(at, at + this.lengthOf(record));
    const expected = this.#view.getUint32(this.#recordsAt + record * RECORD_BYTES + 12, true);
    return crc32(bytes) === expected ? bytes : undefined;
  }

  #readHeader(sequence: number, partitionCount: number): boolean {
    const view = this.#view;
    if (this.valueBytes < HEADER_BYTES + TRAILER_BYTES || view.getUint32(0, true) !== COMMIT_MAGIC) return false;
    const partitions = view.getUint32(8, true);
    const records = view.getUint32(12, true);
    if (partitions > partitionCount || view.getFloat64(16, true) !== sequence) return false;
    const payloadBytes = view.getFloat64(32, true);
    if (payloadBytes < 0 || commitBytes(partitions, records, payloadBytes) !== this.valueBytes) return false;
    this.#recordsAt = HEADER_BYTES + partitions * PARTITION_BYTES;
    this.#payloadAt = this.#recordsAt + records * RECORD_BYTES;
    if (view.getUint32(4, true) !== crc32(this.#bytes.subarray(8, this.#payloadAt))) return false;
    this.#partitionsAt = HEADER_BYTES;
    this.partitions = partitions;
    this.records = records;
    this.bytesBefore = view.getFloat64(24, true);
    this.appendMs = view.getFloat64(40, true);
    return this.#makesSense(partitionCount);
  }

  /** A checksum only proves that these bytes were written: every reference in them must point at something, too. */
  #makesSense(partitionCount: number): boolean {
    if (!Number.isFinite(this.appendMs) || !this.#partitionsExist(partitionCount)) return false;
    let end = this.#payloadAt;
    for (let record = 0; record < this.records; record++) {
      if (this.slotOf(record) >= this.partitions) return false;
      end += this.lengthOf(record);
    }
    return end === this.valueBytes - this.partitions * PARTITION_BYTES - TRAILER_BYTES;
  }

  #partitionsExist(partitionCount: number): boolean {
    for (let slot = 0; slot < this.partitions; slot++) if (this.partitionAt(slot) >= partitionCount) return false;
    return true;
  }

  #readTrailer(sequence: number, partitionCount: number): boolean {
    const view = this.#view;
    const at = this.valueBytes - TRAILER_BYTES;
    if (at < HEADER_BYTES || view.getUint32(at, true) !== COMMIT_MAGIC) return false;
    const partitions = view.getUint32(at + 8, true);
    const partitionsAt = at - partitions * PARTITION_BYTES;
    if (partitions > partitionCount || partitionsAt < 0 || view.getFloat64(at + 16, true) !== sequence) return false;
    const checksum = crc32(this.#bytes.subarray(at + 8), crc32(this.#bytes.subarray(partitionsAt, at)));
    if (view.getUint32(at + 4, true) !== checksum) return false;
    this.#partitionsAt = partitionsAt;
    this.partitions = partitions;
    this.records = 0;
    this.bytesBefore = view.getFloat64(at + 24, true);
    return this.#partitionsExist(partitionCount);
  }
}
