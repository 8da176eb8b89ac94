import { crc32 } from 'node:zlib';
import type { LogAppend } from '../log.ts';
import {
  COMMIT_MAGIC,
  commitBytes,
  HEADER_BYTES,
  PARTITION_BYTES,
  RECORD_BYTES,
  TRAILER_BYTES,
} from './commit-layout.ts';
import type { PartitionVector } from './partition-vector.ts';

/** A group of records with the place of each. */
export interface PlannedCommit {
  readonly group: readonly LogAppend[];
  /** Offset of each record. */
  readonly offsets: readonly number[];
  /** The partitions touched, each once. */
  readonly partitions: readonly number[];
  /** Index into `partitions`, by record. */
  readonly slots: readonly number[];
  /** Records, by slot. */
  readonly counts: readonly number[];
  /** Weight, by slot. */
  readonly weights: readonly number[];
  readonly payloadBytes: number;
  /** Size of the value. */
  readonly valueBytes: number;
}

/** Decides the offsets of a group's records; changes nothing. `slotOf` is scratch: one −1 a partition, and left so. */
export function planCommit(group: readonly LogAppend[], vector: PartitionVector, slotOf: Int32Array): PlannedCommit {
  const offsets: number[] = new Array(group.length);
  const slots: number[] = new Array(group.length);
  const partitions: number[] = [];
  const counts: number[] = [];
  const weights: number[] = [];
  let payloadBytes = 0;
  for (let i = 0; i < group.length; i++) {
    const { partition, bytes, weight = 0 } = group[i]!;
    let slot = slotOf[partition]!;
    if (slot < 0) {
      slot = partitions.push(partition) - 1;
      slotOf[partition] = slot;
      counts.push(0);
      weights.push(0);
    }
    slots[i] = slot;
    offsets[i] = vector.next[partition]! + counts[slot]!;
    counts[slot] = counts[slot]! + 1;
    weights[slot] = weights[slot]! + weight;
    payloadBytes += bytes.length;
  }
  for (const partition of partitions) slotOf[partition] = -1;
  const valueBytes = commitBytes(partitions.length, group.length, payloadBytes);
  return { group, offsets, partitions, slots, counts, weights, payloadBytes, valueBytes };
}

/** Where a commit stands in the log. */
export interface CommitPlace {
  readonly sequence: number;
  /** Where the partitions stand before it. */
  readonly before: PartitionVector;
  /** The log's stamp of its records, ms since the epoch. */
  readonly appendMs: number;
}

/** Writes the commit into `target`, which is exactly as long as planned. */
export function encodeCommit(target: Uint8Array, plan: PlannedCommit, place: CommitPlace): void {
  const { group, partitions } = plan;
  const { sequence, before, appendMs } = place;
  const view = new DataView(target.buffer, target.byteOffset, target.length);
  view.setUint32(0, COMMIT_MAGIC, true);
  view.setUint32(8, partitions.length, true);
  view.setUint32(12, group.length, true);
  view.setFloat64(16, sequence, true);
  view.setFloat64(24, before.bytes, true);
  view.setFloat64(32, plan.payloadBytes, true);
  view.setFloat64(40, appendMs, true);
  writePartitions(view, HEADER_BYTES, plan, before);
  const recordsAt = HEADER_BYTES + partitions.length * PARTITION_BYTES;
  const payloadAt = recordsAt + group.length * RECORD_BYTES;
  let at = payloadAt;
  for (let i = 0; i < group.length; i++) {
    const { bytes, weight = 0 } = group[i]!;
    const recordAt = recordsAt + i * RECORD_BYTES;
    view.setUint32(recordAt, plan.slots[i]!, true);
    view.setUint32(recordAt + 4, bytes.length, true);
    view.setUint32(recordAt + 8, weight, true);
    target.set(bytes, at);
    view.setUint32(recordAt + 12, crc32(target.subarray(at, at + bytes.length)), true);
    at += bytes.length;
  }
  view.setUint32(4, crc32(target.subarray(8, payloadAt)), true);
  writePartitions(view, at, plan, before);
  writeTrailer(view, target, at, partitions.length, sequence, before.bytes);
}

function writePartitions(view: DataView, start: number, plan: PlannedCommit, before: PartitionVector): void {
  plan.partitions.forEach((partition, slot) => {
    const at = start + slot * PARTITION_BYTES;
    view.setUint32(at, partition, true);
    view.setUint32(at + 4, plan.counts[slot]!, true);
    view.setFloat64(at + 8, before.next[partition]!, true);
    view.setFloat64(at + 16, before.weight[partition]!, true);
    view.setFloat64(at + 24, plan.weights[slot]!, true);
  });
}

function writeTrailer(
  view: DataView,
  target: Uint8Array,
  partitionsAt: number,
  count: number,
  sequence: number,
  bytesBefore: number,
): void {
  const at = target.length - TRAILER_BYTES;
  view.setUint32(at, COMMIT_MAGIC, true);
  view.setUint32(at + 8, count, true);
  view.setUint32(at + 12, 0, true);
  view.setFloat64(at + 16, sequence, true);
  view.setFloat64(at + 24, bytesBefore, true);
  const checksum = crc32(target.subarray(at + 8), crc32(target.subarray(partitionsAt, at)));
  view.setUint32(at + 4, checksum, true);
}
