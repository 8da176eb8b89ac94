import { checkPositions } from '../check-group.ts';
import type { HaltedPartition, LogBatch, LogEntry, LogReader, PollOptions } from '../log.ts';
import { logBeyondEnd, logClosed, logMisuse, logTruncated } from '../log-errors.ts';
import { createRecordArena, type RecordArena } from '../record-arena.ts';

/** A partition: records[i] has offset start + i. */
export interface MemoryPartition {
  start: number;
  readonly records: { readonly bytes: Uint8Array; readonly appendMs: number }[];
  weight: number;
}

/** Reads a memory log. A poll begins with the partition after the last one's, so that none starves. */
export class MemoryReader implements LogReader {
  readonly #partitions: readonly MemoryPartition[];
  /** Next offset, by partition that is read. */
  readonly #next = new Map<number, number>();
  readonly #arena: RecordArena = createRecordArena();
  readonly #onClose: (reader: MemoryReader) => void;
  #first = 0;
  #wake: (() => void) | undefined;
  #polling = false;
  #closed = false;

  constructor(partitions: readonly MemoryPartition[], onClose: (reader: MemoryReader) => void) {
    this.#partitions = partitions;
    this.#onClose = onClose;
  }

  async assign(positions: ReadonlyMap<number, number>): Promise<void> {
    if (this.#closed) throw logClosed('reader');
    checkPositions(positions, this.#partitions.length, (partition) => this.#next.has(partition));
    for (const [partition, offset] of positions) {
      const { start, records } = this.#partitions[partition]!;
      if (offset < start) throw logTruncated(partition, offset, start);
      if (offset > start + records.length) throw logBeyondEnd(partition, offset, start + records.length);
    }
    for (const [partition, offset] of positions) this.#next.set(partition, offset);
    this.wake();
  }

  unassign(partitions: Iterable<number>): void {
    for (const partition of partitions) this.#next.delete(partition);
  }

  async poll(options: PollOptions): Promise<LogBatch> {
    if (this.#closed) throw logClosed('reader');
    if (this.#polling) throw logMisuse('A reader is polled by one consumer at a time');
    this.#polling = true;
    try {
      this.#arena.reset();
      let batch = this.#take(options.maxBytes);
      if (isEmpty(batch) && (await this.#woken(options.waitMs, options.signal))) batch = this.#take(options.maxBytes);
      return batch;
    } finally {
      this.#polling = false;
    }
  }

  /** Tells the reader that there may be something for it. */
  wake(): void {
    const isDue = ([partition, offset]: [number, number]) => {
      const { start, records } = this.#partitions[partition]!;
      return start + records.length > offset || offset < start;
    };
    if (this.#wake !== undefined && [...this.#next].some(isDue)) this.#wake();
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

  #take(maxBytes: number): LogBatch {
    const entries: LogEntry[] = [];
    const halted: HaltedPartition[] = [];
    let bytesTaken = 0;
    const order = [...this.#next.keys()];
    for (let i = 0; i < order.length; i++) {
      const partition = order[(this.#first + i) % order.length]!;
      const { start, records } = this.#partitions[partition]!;
      let offset = this.#next.get(partition)!;
      if (offset < start) {
        this.#next.delete(partition);
        halted.push({ partition, error: logTruncated(partition, offset, start) });
        continue;
      }
      for (let due = records[offset - start]; due !== undefined; due = records[offset - start]) {
        if (entries.length > 0 && bytesTaken + due.bytes.length > maxBytes) {
          this.#first = (this.#first + i) % order.length;
          return { entries, corruptions: [], halted };
        }
        entries.push({ partition, offset, bytes: this.#arena.copy(due.bytes), appendMs: due.appendMs });
        bytesTaken += due.bytes.length;
        this.#next.set(partition, ++offset);
      }
    }
    return { entries, corruptions: [], halted };
  }

  /** Waits until there may be something. @returns whether it is worth looking again. */
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

function isEmpty({ entries, halted }: LogBatch): boolean {
  return entries.length === 0 && halted.length === 0;
}
