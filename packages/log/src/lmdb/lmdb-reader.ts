import type { Runtime } from '@isotherm/runtime';
import { checkPositions } from '../check-group.ts';
import type { LogBatch, LogReader, PollOptions } from '../log.ts';
import { logClosed, logMisuse } from '../log-errors.ts';
import { CommitCursor } from './commit-cursor.ts';
import type { CommitStore } from './commit-store.ts';
import type { FlushState } from './flush-state.ts';
import { ReaderBatch } from './reader-batch.ts';

const WAIT_SLICE_MS = 1000;

/** What an {@link LmdbReader} reads with. */
export interface LmdbReaderDeps {
  readonly store: CommitStore;
  readonly flush: FlushState;
  readonly runtime: Runtime;
  readonly partitionCount: number;
  /** The first commit that holds something from these positions on. @throws LOG_TRUNCATED, LOG_BEYOND_END, LOG_CLOSED */
  readonly locate: (positions: ReadonlyMap<number, number>) => number;
  readonly onClose: (reader: LmdbReader) => void;
}

/**
 * Reads commits forward and gives out what its partitions are due. Partitions assigned at an older place are read from
 * there by a cursor of their own, beside the others, until it has caught up with them. No read transaction outlives a
 * turn.
 */
export class LmdbReader implements LogReader {
  readonly #deps: LmdbReaderDeps;
  readonly #batch = new ReaderBatch();
  #cursors: CommitCursor[] = [];
  /** Polls so far: each begins with another cursor, so that none starves. */
  #polls = 0;
  #polling = false;
  #closed = false;
  /** Ends the wait of the poll that is under way. */
  #wake: AbortController | undefined;

  constructor(deps: LmdbReaderDeps) {
    this.#deps = deps;
  }

  async assign(positions: ReadonlyMap<number, number>): Promise<void> {
    if (this.#closed) throw logClosed('reader');
    const { store, partitionCount, locate } = this.#deps;
    checkPositions(positions, partitionCount, (partition) => this.#cursors.some((cursor) => cursor.reads(partition)));
    if (positions.size === 0) return;
    const sequence = locate(positions);
    let cursor = this.#cursors.find((each) => each.sequence === sequence);
    if (cursor === undefined) {
      cursor = new CommitCursor(store, this.#batch, { sequence, partitions: partitionCount });
      this.#cursors.push(cursor);
    }
    cursor.add(positions);
    this.#wake?.abort();
  }

  unassign(partitions: Iterable<number>): void {
    for (const partition of partitions) for (const cursor of this.#cursors) cursor.remove(partition);
    this.#cursors = this.#cursors.filter((cursor) => !cursor.isUnused);
  }

  async poll(options: PollOptions): Promise<LogBatch> {
    if (this.#closed) throw logClosed('reader');
    if (this.#polling) throw logMisuse('A reader is polled by one consumer at a time');
    this.#polling = true;
    try {
      this.#batch.begin(options.maxBytes);
      await this.#fill(options.waitMs ?? Number.POSITIVE_INFINITY, options.signal);
      const { entries, corruptions, halted } = this.#batch;
      return { entries, corruptions, halted };
    } finally {
      this.#polling = false;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#wake?.abort();
    this.#deps.onClose(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #fill(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { flush, runtime } = this.#deps;
    let leftMs = waitMs;
    while (!this.#closed && signal?.aborted !== true) {
      const published = flush.published();
      if (this.#cursors.some(({ sequence }) => sequence < published)) {
        this.#scan(published);
        if (!this.#batch.isEmpty) return;
        await runtime.nextTurn();
      } else {
        if (leftMs <= 0) return;
        const startMs = runtime.monotonicMs();
        await this.#wait(published, Math.min(leftMs, WAIT_SLICE_MS), signal);
        leftMs -= runtime.monotonicMs() - startMs;
      }
    }
  }

  async #wait(published: number, timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    const wake = new AbortController();
    const onAbort = () => wake.abort();
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#wake = wake;
    try {
      await this.#deps.flush.wait(published, { timeoutMs, signal: wake.signal });
    } finally {
      this.#wake = undefined;
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Reads with every cursor up to the same commit, as far as the batch and the turn allow. */
  #scan(published: number): void {
    const { store } = this.#deps;
    const first = this.#polls++ % this.#cursors.length;
    // The snapshot must be at least as new as the count of published commits.
    store.refresh();
    try {
      for (let i = 0; i < this.#cursors.length; i++) this.#cursors[(first + i) % this.#cursors.length]!.scan(published);
    } finally {
      store.refresh();
    }
    if (this.#cursors.length > 1 || this.#batch.halted.length > 0) this.#mergeCursors();
  }

  /** Cursors that have met go on as one. */
  #mergeCursors(): void {
    const merged: CommitCursor[] = [];
    for (const cursor of this.#cursors) {
      const met = merged.find(({ sequence }) => sequence === cursor.sequence);
      if (met !== undefined) met.merge(cursor);
      else if (!cursor.isUnused) merged.push(cursor);
    }
    this.#cursors = merged;
  }
}
