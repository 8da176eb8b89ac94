import type { LogCorruption, LogEntry } from '../log.ts';
import type { RecordArena } from '../record-arena.ts';
import type { CommitView } from './commit-view.ts';
import type { PartitionVector } from './partition-vector.ts';

/** Picks the entries of the partitions read out of one commit after the other, and tells what is missing. */
export class CommitCollector {
  entries: LogEntry[] = [];
  corruptions: LogCorruption[] = [];
  #bytes = 0;
  /** Next offset by partition; −1 for partitions not read. */
  readonly #positions: Float64Array;
  readonly #arena: RecordArena;
  /** Next offset within the commit, by slot. */
  #slotOffset = new Float64Array(0);

  constructor(positions: Float64Array, arena: RecordArena) {
    this.#positions = positions;
    this.#arena = arena;
  }

  get empty(): boolean {
    return this.entries.length === 0 && this.corruptions.length === 0;
  }

  /** Begins a new batch: bytes of the last one become invalid. */
  begin(): void {
    this.entries = [];
    this.corruptions = [];
    this.#bytes = 0;
    this.#arena.reset();
  }

  /** Takes a whole commit's records. @returns false if the batch was full before its last record. */
  collect(view: CommitView, maxBytes: number): boolean {
    if (!this.#touches(view)) return true;
    this.#loadSlots(view);
    let at = view.payloadAt;
    for (let record = 0; record < view.records; record++) {
      const slot = view.slotOf(record);
      const partition = view.partitionAt(slot);
      const offset = this.#slotOffset[slot]!;
      this.#slotOffset[slot] = offset + 1;
      const length = view.lengthOf(record);
      const position = this.#positions[partition]!;
      if (position >= 0 && offset >= position) {
        if (this.entries.length > 0 && this.#bytes + length > maxBytes) return false;
        if (offset > position) this.skipTo(partition, offset, 'the commit that held it is damaged');
        this.#take(view, record, at, partition, offset);
      }
      at += length;
    }
    return true;
  }

  /** Reports everything a commit held: only its extents are known. */
  pass(view: CommitView, reason: string): void {
    for (let slot = 0; slot < view.partitions; slot++) {
      this.skipTo(view.partitionAt(slot), view.baseOffsetAt(slot) + view.countAt(slot), reason);
    }
  }

  /** Reports what is missing before the place an index entry names. */
  passTo(vector: PartitionVector, reason: string): void {
    for (let partition = 0; partition < vector.next.length; partition++) {
      this.skipTo(partition, vector.next[partition]!, reason);
    }
  }

  /** Passes over the stretch from a partition's position to `offset`, if it is read and there is one. */
  skipTo(partition: number, offset: number, reason: string): void {
    const position = this.#positions[partition]!;
    if (position < 0 || offset <= position) return;
    const last = offset - 1;
    const stretch = last === position ? '' : `; lost up to offset ${last}`;
    this.corruptions.push({ partition, offset: position, reason: reason + stretch });
    this.#positions[partition] = offset;
  }

  #take(view: CommitView, record: number, at: number, partition: number, offset: number): void {
    const bytes = view.recordBytes(record, at);
    if (bytes === undefined) {
      this.corruptions.push({ partition, offset, reason: 'its bytes do not match their checksum' });
    } else {
      this.entries.push({ partition, offset, bytes: this.#arena.copy(bytes) });
      this.#bytes += bytes.length;
    }
    this.#positions[partition] = offset + 1;
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
