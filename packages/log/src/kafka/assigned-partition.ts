import type { IsothermError } from '@isotherm/service-kit';
import { logDamaged } from './kafka-errors.ts';
import type { FetchAnswer } from './protocol/fetch.ts';
import type { FetchedBatch, FetchedRecord } from './protocol/record-batch.ts';

/** How often a batch that cannot be read is fetched again before that is believed. */
const READ_ATTEMPTS = 3;

/** What a reader has of a partition, in order: a record, an offset that cannot be read, or the reason that nothing follows. */
export type ReadItem =
  | { readonly kind: 'record'; readonly record: FetchedRecord }
  | { readonly kind: 'unreadable'; readonly offset: number; readonly reason: string }
  | { readonly kind: 'halted'; readonly error: IsothermError };

/** A partition that a reader reads: where it is, and what was fetched ahead. */
export class AssignedPartition {
  readonly partition: number;
  /** Where the next fetch begins. */
  fetchOffset: number;
  /** Whether a fetch of it is not worth its while: it has stopped, or is being looked at. */
  paused = false;
  fetchedBytes = 0;
  readonly #items: ReadItem[] = [];
  #head = 0;
  #attempts = 0;

  constructor(partition: number, offset: number) {
    this.partition = partition;
    this.fetchOffset = offset;
  }

  /** Takes what a fetch found at `fetchOffset`. */
  absorb({ batches, damaged }: FetchAnswer): void {
    for (const batch of batches) {
      if (batch.nextOffset <= this.fetchOffset) continue;
      if (batch.unreadable !== undefined && ++this.#attempts < READ_ATTEMPTS) return;
      this.#attempts = 0;
      this.#absorbBatch(batch);
    }
    if (damaged && ++this.#attempts >= READ_ATTEMPTS) this.halt(logDamaged(this.partition, this.fetchOffset));
  }

  /** Nothing follows what was fetched. */
  halt(error: IsothermError): void {
    if (this.paused && this.#items.at(-1)?.kind === 'halted') return;
    this.paused = true;
    this.#items.push({ kind: 'halted', error });
  }

  peek(): ReadItem | undefined {
    return this.#items[this.#head];
  }

  /** Passes over what {@link peek} gave. */
  advance(): void {
    const item = this.#items[this.#head++];
    if (item?.kind === 'record') this.fetchedBytes -= item.record.bytes.length;
    if (this.#head === this.#items.length) {
      this.#items.length = 0;
      this.#head = 0;
    }
  }

  /** Every offset becomes an item, whatever the batch has: readers rely on offsets without gaps. */
  #absorbBatch(batch: FetchedBatch): void {
    this.#missing(batch.baseOffset, 'the log has no record there');
    if (batch.unreadable !== undefined) this.#missing(batch.nextOffset, batch.unreadable.reason);
    for (const record of batch.records) {
      if (record.offset < this.fetchOffset) continue;
      this.#missing(record.offset, 'the log has no record there');
      this.#items.push({ kind: 'record', record });
      this.fetchedBytes += record.bytes.length;
      this.fetchOffset = record.offset + 1;
    }
    this.#missing(batch.nextOffset, 'the log has no record there');
  }

  #missing(before: number, reason: string): void {
    for (; this.fetchOffset < before; this.fetchOffset++) {
      this.#items.push({ kind: 'unreadable', offset: this.fetchOffset, reason });
    }
  }
}
