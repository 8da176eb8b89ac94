import { logTruncated } from '../log-errors.ts';
import { CommitCollector } from './commit-collector.ts';
import type { CommitStore } from './commit-store.ts';
import { CommitView } from './commit-view.ts';
import { firstPoint, type IndexPoint } from './index-search.ts';
import { decodePartitionVector } from './partition-vector.ts';
import type { ReaderBatch } from './reader-batch.ts';

/** What a turn reads before others on the thread have theirs. */
const COMMITS_PER_TURN = 1024;
const BYTES_PER_TURN = 16 << 20;

/** A place in the log from which some partitions of a reader are read. */
export class CommitCursor {
  /** The next commit to look at. */
  sequence: number;
  readonly #store: CommitStore;
  readonly #batch: ReaderBatch;
  readonly #collector: CommitCollector;
  readonly #view = new CommitView();
  /** Next offset by partition; −1 for partitions not read here. */
  readonly #positions: Float64Array;
  /** A commit was lost with its extents: the next index entry tells which offsets are missing. */
  #extentsLost = false;

  constructor(
    store: CommitStore,
    batch: ReaderBatch,
    place: { readonly sequence: number; readonly partitions: number },
  ) {
    this.#store = store;
    this.#batch = batch;
    this.sequence = place.sequence;
    this.#positions = new Float64Array(place.partitions).fill(-1);
    this.#collector = new CommitCollector(this.#positions, batch);
  }

  reads(partition: number): boolean {
    return this.#positions[partition]! >= 0;
  }

  get isUnused(): boolean {
    return this.#positions.every((position) => position < 0);
  }

  add(positions: Iterable<readonly [partition: number, offset: number]>): void {
    for (const [partition, offset] of positions) this.#positions[partition] = offset;
  }

  remove(partition: number): void {
    this.#positions[partition] = -1;
  }

  /** Takes over what another cursor at the same commit reads. */
  merge(other: CommitCursor): void {
    this.add([...other.#positions.entries()].filter(([, offset]) => offset >= 0));
    this.#extentsLost ||= other.#extentsLost;
  }

  /** Reads commits into the batch until it is full, `end` is reached, or it is somebody else's turn. */
  scan(end: number): void {
    const last = Math.min(end, this.sequence + COMMITS_PER_TURN);
    let budgetBytes = BYTES_PER_TURN;
    while (this.sequence < last && budgetBytes > 0) {
      if (!this.#readCommit()) return;
      budgetBytes -= this.#view.valueBytes;
      this.sequence++;
    }
  }

  /** Reads the commit at hand. @returns false if the batch must be given out before the commit's rest. */
  #readCommit(): boolean {
    const { sequence } = this;
    if (this.#extentsLost && !this.#learnFromIndex(sequence)) return false;
    const bytes = this.#store.commit(sequence);
    if (bytes === undefined) {
      const first = firstPoint(this.#store, this.#positions.length);
      if (first !== undefined && first.sequence > sequence) return this.#jumpTo(first);
    }
    const condition = bytes === undefined ? 'lost' : this.#view.read(bytes, sequence, this.#positions.length);
    switch (condition) {
      case 'whole':
        return this.#collector.collect(this.#view);
      case 'extents':
        return this.#collector.skipCommit(this.#view, `the directory of commit ${sequence} is damaged`);
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
    if (!this.#collector.skipTo(vector, 'the commit that held it is damaged')) return false;
    this.#extentsLost = false;
    return true;
  }

  /** The log was trimmed past this cursor: goes on at its start with the partitions that lost nothing. */
  #jumpTo(first: IndexPoint): boolean {
    for (const [partition, offset] of this.#positions.entries()) {
      const start = first.vector.next[partition]!;
      if (offset < 0 || offset >= start) continue;
      this.remove(partition);
      this.#batch.halted.push({ partition, error: logTruncated(partition, offset, start) });
    }
    this.sequence = first.sequence - 1;
    return true;
  }
}
