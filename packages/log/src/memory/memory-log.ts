import { checkGroup, checkPartition } from '../check-group.ts';
import type { Log, LogAppend, LogEntry, LogReader, PartitionExtent, RecordOutcome } from '../log.ts';
import { logClosed } from '../log-errors.ts';
import { type MemoryPartition, MemoryReader } from './memory-reader.ts';

/** Options of {@link createMemoryLog}. */
export interface MemoryLogOptions {
  readonly partitionCount: number;
  /** 16 hexadecimal digits. Default sixteen zeros. */
  readonly incarnation?: string;
  /** Default none. */
  readonly settings?: Uint8Array;
  /** Clock of the append stamps, ms since the epoch. Default the system's. */
  readonly now?: () => number;
}

/** A log that lives as long as the object: for tests and trials. Its durability ends with the process. */
export function createMemoryLog(options: MemoryLogOptions): Log {
  return new MemoryLog(options);
}

class MemoryLog implements Log {
  readonly incarnation: string;
  readonly partitionCount: number;
  readonly settings: Uint8Array;
  readonly #now: () => number;
  readonly #partitions: readonly MemoryPartition[];
  readonly #readers = new Set<MemoryReader>();
  #bytes = 0;
  #lastMs = 0;
  #closed = false;

  constructor({ partitionCount, incarnation = '0'.repeat(16), settings, now = Date.now }: MemoryLogOptions) {
    this.partitionCount = partitionCount;
    this.incarnation = incarnation;
    this.settings = new Uint8Array(settings ?? []);
    this.#now = now;
    this.#partitions = Array.from({ length: partitionCount }, () => ({ start: 0, records: [], weight: 0 }));
  }

  async append(group: readonly LogAppend[]): Promise<readonly RecordOutcome[]> {
    this.#checkOpen();
    checkGroup(group, this.partitionCount);
    this.#lastMs = Math.max(this.#lastMs, this.#now());
    const appendMs = this.#lastMs;
    const outcomes = group.map(({ partition, bytes, weight = 0 }) => {
      const target = this.#partitions[partition]!;
      target.weight += weight;
      this.#bytes += bytes.length;
      const offset = target.start + target.records.push({ bytes: new Uint8Array(bytes), appendMs }) - 1;
      return { kind: 'kept', offset, appendMs } as const;
    });
    for (const reader of this.#readers) reader.wake();
    return outcomes;
  }

  async extents(partitions: Iterable<number>): Promise<ReadonlyMap<number, PartitionExtent>> {
    this.#checkOpen();
    const extents = new Map<number, PartitionExtent>();
    for (const partition of partitions) {
      checkPartition(partition, this.partitionCount);
      const { start, records, weight } = this.#partitions[partition]!;
      extents.set(partition, { start, end: start + records.length, weight });
    }
    return extents;
  }

  async openReader(positions: ReadonlyMap<number, number> = new Map()): Promise<LogReader> {
    this.#checkOpen();
    const reader = new MemoryReader(this.#partitions, (closed) => this.#readers.delete(closed));
    await reader.assign(positions);
    this.#readers.add(reader);
    return reader;
  }

  async readAt(partition: number, offset: number): Promise<LogEntry | undefined> {
    this.#checkOpen();
    checkPartition(partition, this.partitionCount);
    const { start, records } = this.#partitions[partition]!;
    const found = records[offset - start];
    return found && { partition, offset, bytes: found.bytes.slice(), appendMs: found.appendMs };
  }

  async trim(keepFrom: ReadonlyMap<number, number>): Promise<void> {
    this.#checkOpen();
    for (const [partition, offset] of keepFrom) {
      checkPartition(partition, this.partitionCount);
      const target = this.#partitions[partition]!;
      const dropped = target.records.splice(0, Math.max(0, offset - target.start));
      target.start += dropped.length;
      for (const { bytes } of dropped) this.#bytes -= bytes.length;
    }
    for (const reader of this.#readers) reader.wake();
  }

  async sizeBytes(): Promise<number> {
    this.#checkOpen();
    return this.#bytes;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const reader of this.#readers) await reader.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #checkOpen(): void {
    if (this.#closed) throw logClosed('log');
  }
}
