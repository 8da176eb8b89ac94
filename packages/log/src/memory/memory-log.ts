import { checkGroup, checkPartition } from '../check-group.ts';
import type { AppendResult, Log, LogAppend, LogReader, PartitionExtent } from '../log.ts';
import { logBeyondEnd, logClosed, logMisuse, logTruncated } from '../log-errors.ts';
import { type MemoryPartition, MemoryReader } from './memory-reader.ts';

/** Options of {@link createMemoryLog}. */
export interface MemoryLogOptions {
  readonly partitionCount: number;
  /** 16 hexadecimal digits. Default sixteen zeros. */
  readonly incarnation?: string;
}

/** A log that lives as long as the object: for tests and trials. Its durability ends with the process. */
export function createMemoryLog(options: MemoryLogOptions): Log {
  return new MemoryLog(options);
}

class MemoryLog implements Log {
  readonly incarnation: string;
  readonly partitionCount: number;
  readonly #partitions: readonly MemoryPartition[];
  readonly #readers = new Set<MemoryReader>();
  #bytes = 0;
  #closed = false;

  constructor({ partitionCount, incarnation = '0'.repeat(16) }: MemoryLogOptions) {
    this.partitionCount = partitionCount;
    this.incarnation = incarnation;
    this.#partitions = Array.from({ length: partitionCount }, () => ({ start: 0, records: [], weight: 0 }));
  }

  async append(group: readonly LogAppend[]): Promise<AppendResult> {
    this.#checkOpen();
    checkGroup(group, this.partitionCount);
    const offsets = group.map(({ partition, bytes, weight = 0 }) => {
      const target = this.#partitions[partition]!;
      target.weight += weight;
      this.#bytes += bytes.length;
      return target.start + target.records.push(new Uint8Array(bytes)) - 1;
    });
    for (const reader of this.#readers) reader.wake();
    return { offsets };
  }

  async extents(): Promise<readonly PartitionExtent[]> {
    this.#checkOpen();
    return this.#partitions.map(({ start, records, weight }) => ({ start, end: start + records.length, weight }));
  }

  async openReader(positions: ReadonlyMap<number, number>): Promise<LogReader> {
    this.#checkOpen();
    for (const [partition, offset] of positions) {
      checkPartition(partition, this.partitionCount);
      if (!Number.isInteger(offset) || offset < 0) throw logMisuse(`Offset ${offset} is not a whole number from 0`);
      const { start, records } = this.#partitions[partition]!;
      if (offset < start) throw logTruncated(partition, offset, start);
      if (offset > start + records.length) throw logBeyondEnd(partition, offset, start + records.length);
    }
    const reader = new MemoryReader(this.#partitions, positions, (closed) => this.#readers.delete(closed));
    this.#readers.add(reader);
    return reader;
  }

  async readAt(partition: number, offset: number): Promise<Uint8Array | undefined> {
    this.#checkOpen();
    checkPartition(partition, this.partitionCount);
    const { start, records } = this.#partitions[partition]!;
    return records[offset - start]?.slice();
  }

  async trim(keepFrom: ReadonlyMap<number, number>): Promise<void> {
    this.#checkOpen();
    for (const [partition, offset] of keepFrom) {
      checkPartition(partition, this.partitionCount);
      const target = this.#partitions[partition]!;
      const dropped = target.records.splice(0, Math.max(0, offset - target.start));
      target.start += dropped.length;
      for (const { length } of dropped) this.#bytes -= length;
    }
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
