import type { IsothermError } from '@isotherm/service-kit';
import { checkGroup } from '../check-group.ts';
import type { DiskReserve } from '../disk-reserve.ts';
import type { LogAppend, RecordOutcome } from '../log.ts';
import { logBusy, logFenced, logFull } from '../log-errors.ts';
import { type BufferPool, createBufferPool } from './buffer-pool.ts';
import { encodeCommit, type PlannedCommit, planCommit } from './commit-encoder.ts';
import { diskBytes } from './commit-layout.ts';
import type { CommitStore } from './commit-store.ts';
import type { FlushPublisher } from './flush-state.ts';
import { COMMITS_PER_INDEX } from './index-search.ts';
import { copyPartitionVector, encodePartitionVector, type PartitionVector } from './partition-vector.ts';

/** Memory kept for commits to come. */
const POOLED_BYTES = 64 << 20;

/** Options of {@link createLmdbWriter}. */
export interface LmdbWriterOptions {
  /** The log's directory, as messages name it. Default no name. */
  readonly path?: string | undefined;
  /** The first commit's sequence, and where the partitions stand before it. */
  readonly sequence: number;
  readonly vector: PartitionVector;
  /** Whether the first commit gets an index entry whatever its sequence. */
  readonly indexFirst: boolean;
  readonly maxBytes: number;
  readonly maxPendingBytes: number;
  /** What has to stay free on its disk. Default nothing. */
  readonly diskReserve?: DiskReserve | undefined;
  readonly onFenced: (error: Error) => void;
  /** The append stamp of a commit, ms since the epoch. */
  readonly nextStamp: () => number;
}

/** Appends commits and publishes them in order, each when it is synced. */
export interface LmdbWriter {
  append(group: readonly LogAppend[]): Promise<readonly RecordOutcome[]>;
  /** Where the partitions stand after the last published commit. Live: copy what must stay. */
  readonly published: PartitionVector;
  /** Tells the writer that the log now begins where `bytes` of it had been written. */
  startAt(bytes: number): void;
  /** @throws LOG_DISK_LOW if there is no room to drop records in. */
  checkTrim(): void;
  /** Resolves when the groups taken are settled. Call it last: the log sees to it that no group comes after. */
  close(): Promise<void>;
  /** Stops taking groups for good. */
  fence(cause: unknown): void;
  /** Whether a write or sync failed. LMDB's memory may be damaged by that: nothing but reading is safe any more. */
  readonly fenced: boolean;
}

interface Pending {
  readonly sequence: number;
  readonly plan: PlannedCommit;
  readonly buffer: Uint8Array;
  readonly appendMs: number;
  readonly resolve: (outcomes: readonly RecordOutcome[]) => void;
  synced: boolean;
}

/** Creates the writer of a log. */
export function createLmdbWriter(store: CommitStore, flush: FlushPublisher, options: LmdbWriterOptions): LmdbWriter {
  return new Writer(store, flush, options);
}

class Writer implements LmdbWriter {
  readonly published: PartitionVector;
  readonly #store: CommitStore;
  readonly #flush: FlushPublisher;
  readonly #options: LmdbWriterOptions;
  readonly #assigned: PartitionVector;
  readonly #slotOf: Int32Array;
  readonly #pool: BufferPool = createBufferPool(POOLED_BYTES);
  readonly #pending: Pending[] = [];
  #pendingBytes = 0;
  #sequence: number;
  #bytesAtStart = 0;
  #fenced: IsothermError | undefined;
  #idle: (() => void) | undefined;

  constructor(store: CommitStore, flush: FlushPublisher, options: LmdbWriterOptions) {
    this.#store = store;
    this.#flush = flush;
    this.#options = options;
    this.#assigned = copyPartitionVector(options.vector);
    this.published = copyPartitionVector(options.vector);
    this.#sequence = options.sequence;
    this.#slotOf = new Int32Array(options.vector.next.length).fill(-1);
  }

  append(group: readonly LogAppend[]): Promise<readonly RecordOutcome[]> {
    return new Promise((resolve) => {
      if (this.#fenced !== undefined) throw this.#fenced;
      checkGroup(group, this.#assigned.next.length);
      if (group.length === 0) return resolve([]);
      const plan = planCommit(group, this.#assigned, this.#slotOf);
      this.#checkRoom(plan.valueBytes);
      const sequence = this.#sequence++;
      const buffer = this.#pool.take(plan.valueBytes);
      // Never backwards, whatever the clock does.
      const appendMs = this.#options.nextStamp();
      encodeCommit(buffer, plan, { sequence, before: this.#assigned, appendMs });
      const pending: Pending = { sequence, plan, buffer, appendMs, resolve, synced: false };
      this.#pending.push(pending);
      this.#pendingBytes += plan.valueBytes;
      this.#write(pending);
      advance(this.#assigned, pending);
    });
  }

  get fenced(): boolean {
    return this.#fenced !== undefined;
  }

  startAt(bytes: number): void {
    this.#bytesAtStart = bytes;
  }

  checkTrim(): void {
    this.#options.diskReserve?.checkTrim();
  }

  fence(cause: unknown): void {
    if (this.#fenced !== undefined) return;
    const error = logFenced(cause, this.#options.path);
    this.#fenced = error;
    for (const { plan, resolve } of this.#pending.splice(0))
      resolve(plan.group.map(() => ({ kind: 'unknown', error })));
    this.#idle?.();
    this.#options.onFenced(this.#fenced);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#pending.length === 0) resolve();
      else this.#idle = resolve;
    });
  }

  #checkRoom(valueBytes: number): void {
    const { maxBytes, maxPendingBytes, diskReserve } = this.#options;
    const used = this.#assigned.bytes - this.#bytesAtStart;
    if (used + diskBytes(valueBytes) > maxBytes) throw logFull(maxBytes, used);
    if (this.#pending.length > 0 && this.#pendingBytes + valueBytes > maxPendingBytes) throw logBusy(maxPendingBytes);
    diskReserve?.check(this.#pendingBytes + diskBytes(valueBytes));
  }

  #write(pending: Pending): void {
    const { sequence } = pending;
    const writes = [this.#store.putCommit(sequence, pending.buffer)];
    if (sequence % COMMITS_PER_INDEX === 0 || (sequence === this.#options.sequence && this.#options.indexFirst)) {
      writes.push(this.#store.putIndex(sequence, encodePartitionVector(this.#assigned)));
    }
    Promise.all(writes).then(
      () => this.#synced(pending),
      (error: unknown) => this.fence(error),
    );
  }

  /** Commits may settle out of order; they are published in order. */
  #synced(pending: Pending): void {
    pending.synced = true;
    const ready: Pending[] = [];
    while (this.#pending[0]?.synced === true) {
      const next = this.#pending.shift()!;
      this.#pendingBytes -= next.plan.valueBytes;
      advance(this.published, next);
      ready.push(next);
    }
    const last = ready.at(-1);
    if (last === undefined) return;
    this.#flush.publish(last.sequence + 1);
    for (const { plan, buffer, appendMs, resolve } of ready) {
      this.#pool.give(buffer);
      resolve(plan.offsets.map((offset) => ({ kind: 'kept', offset, appendMs })));
    }
    if (this.#pending.length === 0) this.#idle?.();
  }
}

function advance(vector: PartitionVector, { plan, appendMs }: Pick<Pending, 'plan' | 'appendMs'>): void {
  plan.partitions.forEach((partition, slot) => {
    vector.next[partition] = vector.next[partition]! + plan.counts[slot]!;
    vector.weight[partition] = vector.weight[partition]! + plan.weights[slot]!;
  });
  vector.bytes += diskBytes(plan.valueBytes);
  vector.appendMs = appendMs;
}
