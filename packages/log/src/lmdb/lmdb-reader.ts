import type { Runtime } from '@isotherm/runtime';
import type { LogBatch, LogReader } from '../log.ts';
import { logClosed, logMisuse, logTruncated } from '../log-errors.ts';
import { createRecordArena } from '../record-arena.ts';
import { CommitCollector } from './commit-collector.ts';
import type { CommitStore } from './commit-store.ts';
import { CommitView } from './commit-view.ts';
import type { FlushState } from './flush-state.ts';
import { firstPoint, type IndexPoint } from './index-search.ts';
import { decodePartitionVector } from './partition-vector.ts';

const WAIT_SLICE_MS = 1000;
/** What a poll reads before others on the thread have a turn. */
const COMMITS_PER_TURN = 1024;
const BYTES_PER_TURN = 16 << 20;

/** Where a reader starts. */
export interface LmdbReaderStart {
  /** The first commit to look at. */
  readonly sequence: number;
  /** Next offset by partition; −1 for partitions not read. The reader's from now on. */
  readonly positions: Float64Array;
  readonly runtime: Runtime;
}

/** Reads commits forward and gives out what its partitions are due. No read transaction outlives a turn. */
export class LmdbReader implements LogReader {
  readonly #store: CommitStore;
  readonly #flush: FlushState;
  readonly #positions: Float64Array;
  readonly #collector: CommitCollector;
  readonly #runtime: Runtime;
  readonly #view = new CommitView();
  readonly #onClose: (reader: LmdbReader) => void;
  #sequence: number;
  /** A commit was lost with its extents: the next index entry tells which offsets are missing. */
  #extentsLost = false;
  #polling = false;
  #closed = false;
  /** Ends the wait of the poll that is under way. */
  #wake: AbortController | undefined;

  constructor(store: CommitStore, flush: FlushState, start: LmdbReaderStart, onClose: (reader: LmdbReader) => void) {
    this.#store = store;
    this.#flush = flush;
    this.#positions = start.positions;
    this.#runtime = start.runtime;
    this.#sequence = start.sequence;
    this.#collector = new CommitCollector(start.positions, createRecordArena());
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
      this.#collector.begin();
      await this.#fill(options.maxBytes, options.waitMs ?? Number.POSITIVE_INFINITY, options.signal);
      return { entries: this.#collector.entries, corruptions: this.#collector.corruptions };
    } finally {
      this.#polling = false;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#wake?.abort();
    this.#onClose(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #fill(maxBytes: number, waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    let leftMs = waitMs;
    while (!this.#closed && signal?.aborted !== true) {
      const published = this.#flush.published();
      if (this.#sequence < published) {
        this.#scan(published, maxBytes);
        if (!this.#collector.empty) return;
        await this.#runtime.nextTurn();
      } else {
        if (leftMs <= 0) return;
        const startMs = this.#runtime.monotonicMs();
        await this.#wait(published, Math.min(leftMs, WAIT_SLICE_MS), signal);
        leftMs -= this.#runtime.monotonicMs() - startMs;
      }
    }
  }

  async #wait(published: number, timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    const wake = new AbortController();
    const onAbort = () => wake.abort();
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#wake = wake;
    try {
      await this.#flush.wait(published, { timeoutMs, signal: wake.signal });
    } finally {
      this.#wake = undefined;
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Reads commits until the batch is full, the published ones are read, or it is somebody else's turn. */
  #scan(published: number, maxBytes: number): void {
    // The snapshot must be at least as new as the count of published commits.
    this.#store.refresh();
    try {
      const end = Math.min(published, this.#sequence + COMMITS_PER_TURN);
      let budgetBytes = BYTES_PER_TURN;
      while (this.#sequence < end && budgetBytes > 0) {
        if (!this.#readCommit(maxBytes)) return;
        budgetBytes -= this.#view.valueBytes;
        this.#sequence++;
      }
    } finally {
      this.#store.refresh();
    }
  }

  /** Reads the commit at hand. @returns false if the batch must be given out before the commit's rest. */
  #readCommit(maxBytes: number): boolean {
    const sequence = this.#sequence;
    if (this.#extentsLost && !this.#learnFromIndex(sequence)) return false;
    const bytes = this.#store.commit(sequence);
    if (bytes === undefined) {
      const first = firstPoint(this.#store, this.#positions.length);
      if (first !== undefined && first.sequence > sequence) return this.#jumpTo(first);
    }
    const condition = bytes === undefined ? 'lost' : this.#view.read(bytes, sequence, this.#positions.length);
    switch (condition) {
      case 'whole':
        return this.#collector.collect(this.#view, maxBytes);
      case 'extents':
        return this.#collector.pass(this.#view, `the directory of commit ${sequence} is damaged`);
      case 'lost':
        this.#extentsLost = true;
        return true;
    }
  }

  /** Reports what a lost commit held once an index entry tells. @returns false if the batch must be given out first. */
  #learnFromIndex(sequence: number): boolean {
    const entry = this.#store.indexFrom(sequence);
    if (entry?.sequence !== sequence) return true;
    const vector = decodePartitionVector(entry.bytes, this.#positions.length);
    if (vector === undefined) return true;
    if (!this.#collector.passTo(vector, 'the commit that held it is damaged')) return false;
    this.#extentsLost = false;
    return true;
  }

  /** The log was trimmed past this reader: goes on at its start if nothing due was lost. */
  #jumpTo(first: IndexPoint): boolean {
    for (let partition = 0; partition < this.#positions.length; partition++) {
      const position = this.#positions[partition]!;
      const start = first.vector.next[partition]!;
      if (position < 0 || position >= start) continue;
      if (!this.#collector.empty) return false;
      throw logTruncated(partition, position, start);
    }
    this.#sequence = first.sequence - 1;
    return true;
  }
}
