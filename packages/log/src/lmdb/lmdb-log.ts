import type { Runtime } from '@isotherm/runtime';
import { checkPartition } from '../check-group.ts';
import type { Log, LogAppend, LogEntry, LogReader, PartitionExtent, RecordOutcome } from '../log.ts';
import { logClosed, logMisuse } from '../log-errors.ts';
import { locateReader, type ReadableStretch, readRecord } from './commit-locator.ts';
import type { CommitStore } from './commit-store.ts';
import type { FlushState } from './flush-state.ts';
import { firstPoint } from './index-search.ts';
import { LmdbReader } from './lmdb-reader.ts';
import { findTrimPoint, trimTo } from './lmdb-trim.ts';
import type { LmdbWriter } from './lmdb-writer.ts';
import type { LogFacts } from './log-facts.ts';
import { createVectorTracker, type VectorTracker } from './vector-tracker.ts';

/** A log in a directory of this machine. */
export interface LmdbLog extends Log {
  /** What threads of this process open their readers with; undefined in a reader of another process. */
  readonly flushState: SharedArrayBuffer | undefined;
}

/** What a log is made of. `writer` is undefined where it is only read. */
export interface LmdbLogParts {
  readonly store: CommitStore;
  readonly facts: LogFacts;
  readonly flush: FlushState;
  readonly flushState: SharedArrayBuffer | undefined;
  readonly writer: LmdbWriter | undefined;
  readonly runtime: Runtime;
  /** Gives back what was taken to write. */
  readonly release: () => void;
}

/** Puts the parts together. */
export function createLmdbLog(parts: LmdbLogParts): LmdbLog {
  return new LogOverLmdb(parts);
}

class LogOverLmdb implements LmdbLog {
  readonly incarnation: string;
  readonly partitionCount: number;
  readonly settings: Uint8Array;
  readonly flushState: SharedArrayBuffer | undefined;
  readonly #parts: LmdbLogParts;
  readonly #tracker: VectorTracker;
  readonly #readers = new Set<LmdbReader>();
  #closing: Promise<void> | undefined;
  #trimming: Promise<void> = Promise.resolve();

  constructor(parts: LmdbLogParts) {
    this.#parts = parts;
    this.incarnation = parts.facts.incarnation;
    this.partitionCount = parts.facts.partitionCount;
    this.settings = Buffer.from(parts.facts.settings, 'base64');
    this.flushState = parts.flushState;
    this.#tracker = createVectorTracker(parts.store, this.partitionCount, { skipLost: false });
  }

  async append(group: readonly LogAppend[]): Promise<readonly RecordOutcome[]> {
    this.#checkOpen();
    return this.#writer().append(group);
  }

  async extents(partitions: Iterable<number>): Promise<ReadonlyMap<number, PartitionExtent>> {
    this.#checkOpen();
    return this.#reading(({ end }) => {
      const start = firstPoint(this.#parts.store, this.partitionCount)?.vector.next;
      const extents = new Map<number, PartitionExtent>();
      for (const partition of partitions) {
        checkPartition(partition, this.partitionCount);
        // Both have every partition of the log.
        const extent = { start: start?.[partition] ?? 0, end: end.next[partition]!, weight: end.weight[partition]! };
        extents.set(partition, extent);
      }
      return extents;
    });
  }

  async openReader(positions: ReadonlyMap<number, number> = new Map()): Promise<LogReader> {
    this.#checkOpen();
    const { store, flush, runtime } = this.#parts;
    const { partitionCount } = this;
    const reader = new LmdbReader({
      store,
      flush,
      runtime,
      partitionCount,
      locate: (wanted) => {
        this.#checkOpen();
        return this.#reading((stretch) => locateReader(store, stretch, wanted));
      },
      onClose: (closed) => this.#readers.delete(closed),
    });
    await reader.assign(positions);
    this.#readers.add(reader);
    return reader;
  }

  async readAt(partition: number, offset: number): Promise<LogEntry | undefined> {
    this.#checkOpen();
    checkPartition(partition, this.partitionCount);
    return this.#reading((stretch) => readRecord(this.#parts.store, stretch, partition, offset));
  }

  async trim(keepFrom: ReadonlyMap<number, number>): Promise<void> {
    const writer = this.#writer();
    const { store } = this.#parts;
    const trimmed = this.#trimming.then(async () => {
      if (this.#closing !== undefined) throw logClosed('log');
      writer.checkTrim();
      const point = this.#reading(({ published }) => findTrimPoint(store, this.partitionCount, published, keepFrom));
      if (point === undefined) return;
      try {
        await trimTo(store, point.sequence, () => writer.startAt(point.vector.bytes));
      } catch (error) {
        writer.fence(error);
        throw error;
      }
    });
    this.#trimming = trimmed.catch(() => {});
    return trimmed;
  }

  async sizeBytes(): Promise<number> {
    this.#checkOpen();
    return this.#reading(({ end }) => {
      return end.bytes - (firstPoint(this.#parts.store, this.partitionCount)?.vector.bytes ?? 0);
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const { store, flush, writer, release } = this.#parts;
    for (const reader of this.#readers) await reader.close();
    await writer?.close();
    await this.#trimming;
    // A failed page write overruns LMDB's memory, and a transaction that cannot begin keeps its lock: giving back the
    // claim could hang or crash. The process ends, which gives it back as well.
    if (writer?.fenced === true) return;
    flush.close();
    release();
    await store.close();
  }

  /** Runs a read on a fresh snapshot and lets go of it. */
  #reading<T>(read: (stretch: ReadableStretch) => T): T {
    const { store, flush, writer } = this.#parts;
    store.refresh();
    try {
      const published = flush.published();
      return read({ published, end: writer?.published ?? this.#tracker.at(published) });
    } finally {
      store.refresh();
    }
  }

  #writer(): LmdbWriter {
    if (this.#parts.writer === undefined) throw logMisuse('This log was opened for reading');
    return this.#parts.writer;
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw logClosed('log');
  }
}
