import type { CommitView } from './commit-view.ts';
import type { PartitionVector } from './partition-vector.ts';
import type { ReaderBatch } from './reader-batch.ts';

/** Picks the entries of the partitions read out of one commit after the other, and tells what is missing. */
export class CommitCollector {
  /** Next offset by partition; −1 for partitions not read. */
  readonly #positions: Float64Array;
  readonly #batch: ReaderBatch;
  /** Next offset within the commit, by slot. */
  #slotOffset = new Float64Array(0);

  constructor(positions: Float64Array, batch: ReaderBatch) {
    this.#positions = positions;
    this.#batch = batch;
  }

  /** Takes a whole commit's records. @returns false if the batch must be given out before the last of them. */
  collect(view: CommitView): boolean {
    if (!this.#touches(view)) return true;
    this.#loadSlots(view);
    const { appendMs } = view;
    let at = view.payloadAt;
    for (let record = 0; record < view.records; record++) {
      const slot = view.slotOf(record);
      const partition = view.partitionAt(slot);
      const offset = this.#slotOffset[slot]!;
      this.#slotOffset[slot] = offset + 1;
      const length = view.lengthOf(record);
      const position = this.#positions[partition]!;
      if (position >= 0 && offset >= position) {
        if (!this.#reportMissing(partition, offset, 'the commit that held it is damaged')) return false;
        const bytes = view.recordBytes(record, at);
        if (bytes === undefined) {
          if (!this.#reportMissing(partition, offset + 1, 'its bytes do not match their checksum')) return false;
        } else {
          if (!this.#batch.addEntry({ partition, offset, bytes, appendMs })) return false;
          this.#positions[partition] = offset + 1;
        }
      }
      at += length;
    }
    return true;
  }

  /** Reports everything a commit held of which only the extents are known. @returns as `collect` does */
  skipCommit(view: CommitView, reason: string): boolean {
    for (let slot = 0; slot < view.partitions; slot++) {
      const end = view.baseOffsetAt(slot) + view.countAt(slot);
      if (!this.#reportMissing(view.partitionAt(slot), end, reason)) return false;
    }
    return true;
  }

  /** Reports what is missing before the place an index entry names. @returns as `collect` does */
  skipTo(vector: PartitionVector, reason: string): boolean {
    return vector.next.every((end, partition) => this.#reportMissing(partition, end, reason));
  }

  /** Reports the records from a partition's position to `end`, if it is read and there are any. */
  #reportMissing(partition: number, end: number, reason: string): boolean {
    const position = this.#positions[partition]!;
    if (position < 0) return true;
    for (let offset = position; offset < end; offset++) {
      if (!this.#batch.addCorruption({ partition, offset, reason })) return false;
      this.#positions[partition] = offset + 1;
    }
    return true;
  }

  #touches(view: CommitView): boolean {
    for (let slot = 0; slot < view.partitions; slot++) {
      const position = this.#positions[view.partitionAt(slot)]!;
      if (position >= 0 && view.baseOffsetAt(slot) + view.countAt(slot) > position) return true;
    }
    return false;
  }

  #loadSlots(view: CommitView): void {
    if (this.#slotOffset.length < view.partitions) this.#slotOffset = new Float64Array(view.partitions);
    for (let slot = 0; slot < view.partitions; slot++) this.#slotOffset[slot] = view.baseOffsetAt(slot);
  }
}
