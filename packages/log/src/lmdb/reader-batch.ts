import type { HaltedPartition, LogBatch, LogCorruption, LogEntry } from '../log.ts';
import { createRecordArena, type RecordArena } from '../record-arena.ts';

/** Corruptions a batch holds at most; more follow in the next. */
const MAX_CORRUPTIONS = 10_000;

/** What a poll has gathered so far. */
export class ReaderBatch implements LogBatch {
  entries: LogEntry[] = [];
  corruptions: LogCorruption[] = [];
  halted: HaltedPartition[] = [];
  readonly #arena: RecordArena = createRecordArena();
  #bytes = 0;
  #maxBytes = 0;

  get isEmpty(): boolean {
    return this.entries.length === 0 && this.corruptions.length === 0 && this.halted.length === 0;
  }

  /** Begins a new batch: bytes of the last one become invalid. */
  begin(maxBytes: number): void {
    this.entries = [];
    this.corruptions = [];
    this.halted = [];
    this.#bytes = 0;
    this.#maxBytes = maxBytes;
    this.#arena.reset();
  }

  /** @returns false if it must be given out first. */
  addCorruption(corruption: LogCorruption): boolean {
    if (this.entries.length > 0 || this.corruptions.length === MAX_CORRUPTIONS) return false;
    this.corruptions.push(corruption);
    return true;
  }

  /** Copies the entry's bytes. @returns false if it must be given out first. */
  addEntry(entry: LogEntry): boolean {
    const { partition, offset, bytes, appendMs } = entry;
    if (this.corruptions.length > 0) return false;
    if (this.entries.length > 0 && this.#bytes + bytes.length > this.#maxBytes) return false;
    this.entries.push({ partition, offset, bytes: this.#arena.copy(bytes), appendMs });
    this.#bytes += bytes.length;
    return true;
  }
}
