import type { LogBatch, LogEntry, LogReader } from '../log.ts';
import { logClosed, logMisuse, logTruncated } from '../log-errors.ts';
import { createRecordArena, type RecordArena } from '../record-arena.ts';

/** A partition: records[i] has offset start + i. */
export interface MemoryPartition {
  start: number;
  readonly records: Uint8Array[];
  weight: number;
}

/** Reads a memory log. A poll begins with the partition after the last one's, so that none starves. */
export class MemoryReader implements LogReader {
  readonly #partitions: readonly MemoryPartition[];
  readonly #order: number[];
  readonly #next: Map<number, number>;
  readonly #arena: RecordArena = createRecordArena();
  readonly #onClose: (reader: MemoryReader) => void;
  #first = 0;
  #wake: (() => void) | undefined;
  #polling = false;
  #closed = false;

  constructor(
    partitions: readonly MemoryPartition[],
    positions: ReadonlyMap<number, number>,
    onClose: (reader: MemoryReader) => void,
  ) {
    this.#partitions = partitions;
    this.#next = new Map(positions);
    this.#order = [...positions.keys()];
    this.#onClose = onClose;
  }

  async poll(options: {
    readonly maxBytes: number;
    readonly waitMs?: number;
    readonly signal?: AbortSignal;
  }): Promise<LogBatch> {
    if (this.#closed) throw logClosed('reader');
    if (this.#polling) throw logMisuse('A reader is polled by one consumer at a time');
    this.#polling = true;
    try {
      this.#arena.reset();
      let entries = this.#take(options.maxBytes);
      if (entries.length === 0 && (await this.#woken(options.waitMs, options.signal))) {
        entries = this.#take(options.maxBytes);
      }
      return { entries, corruptions: [] };
    } finally {
      this.#polling = false;
    }
  }

  /** Tells the reader that there are new records. */
  wake(): void {
    const isNew = (partition: number) => {
      const { start, records } = this.#partitions[partition]!;
      return start + records.length > this.#next.get(partition)!;
    };
    if (this.#order.some(isNew)) this.#wake?.();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#wake?.();
    this.#onClose(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #due(partition: number): Uint8Array | undefined {
    const { start, records } = this.#partitions[partition]!;
    const offset = this.#next.get(partition)!;
    if (offset < start) throw logTruncated(partition, offset, start);
    return records[offset - start];
  }

  #take(maxBytes: number): LogEntry[] {
    const entries: LogEntry[] = [];
    let bytesTaken = 0;
    const count = this.#order.length;
    for (let i = 0; i < count; i++) {
      const partition = this.#order[(this.#first + i) % count]!;
      for (let bytes = this.#due(partition); bytes !== undefined; bytes = this.#due(partition)) {
        if (entries.length > 0 && bytesTaken + bytes.length > maxBytes) {
          this.#first = (this.#first + i) % count;
          return entries;
        }
        const offset = this.#next.get(partition)!;
        entries.push({ partition, offset, bytes: this.#arena.copy(bytes) });
        bytesTaken += bytes.length;
        this.#next.set(partition, offset + 1);
      }
    }
    return entries;
  }

  /** Waits for new records. @returns whether it is worth looking again. */
  #woken(waitMs: number | undefined, signal: AbortSignal | undefined): Promise<boolean> {
    if (signal?.aborted === true || waitMs === 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        this.#wake = undefined;
        resolve(!this.#closed);
      };
      const timer = waitMs === undefined ? undefined : setTimeout(done, waitMs);
      signal?.addEventListener('abort', done, { once: true });
      this.#wake = done;
    });
  }
}
