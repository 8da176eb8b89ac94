import type { IsothermError } from '@isotherm/service-kit';
import type { RecordOutcome } from '../log.ts';
import { type GroupPart, settlePart } from './append-group.ts';
import { logNotKept, logOutcomeUnknown, logWentBack } from './kafka-errors.ts';
import { BATCH_HEADER_BYTES, recordBytes } from './protocol/record-batch.ts';

const SEQUENCE_MASK = 0x7fff_ffff;
/** The last epoch that a producer id has. */
const LAST_EPOCH = 0x7fff;

/** Parts that wait are sent together up to so many bytes. */
const MERGED_BYTES = 1 << 20;

/** A batch that was sent, and is sent again under the same sequence until its outcome is known. */
export interface LaneBatch {
  readonly lane: PartitionLane;
  readonly epoch: number;
  readonly sequence: number;
  readonly parts: readonly GroupPart[];
  readonly values: readonly Uint8Array[];
  readonly deadlineMs: number;
  /** Every offset below was given before the batch was first sent. */
  readonly leastOffset: number;
  /** Whether an attempt ended without an answer that says that it was not appended. */
  perhapsKept: boolean;
  underWay: boolean;
}

/** How an attempt to send a batch failed. */
export interface BatchFailure {
  /** `again`: another attempt may succeed; `outOfTurn`: refused for its sequence or epoch; `final`: refused for good. */
  readonly kind: 'again' | 'outOfTurn' | 'final';
  /** Whether this attempt may have appended it all the same. */
  readonly perhapsKept: boolean;
  readonly reason: string;
  /** What to say of its records where the kind is final. */
  readonly error?: IsothermError;
}

/**
 * The records of one partition on their way, in order.
 *
 * Idempotent production per partition: a few batches are under way at once, numbered in sequence under an epoch. When
 * one fails, nothing new is sent until those under way have answered and each that is left was sent again, alone and in
 * order. What is not known by its deadline is given up; then the next epoch begins, so that an old request that a hung
 * broker still holds is refused as soon as a batch of the new epoch is in.
 */
export class PartitionLane {
  readonly partition: number;
  readonly #depth: number;
  readonly #mergedBytes: number;
  readonly #waiting: GroupPart[] = [];
  /** Oldest first: sent, and not settled. */
  readonly #batches: LaneBatch[] = [];
  #epoch = 0;
  #sequence = 0;
  /**
   * Whether the broker knows the epoch of this partition. Before, it takes any first sequence: a second batch under way
   * could be taken without the first.
   */
  #known = false;
  #recovering = false;
  #giveUpNow = false;
  #nextOffset = 0;
  #halted: IsothermError | undefined;
  #lastReason = 'it waited too long';

  constructor(partition: number, options: { readonly depth: number; readonly maxBatchBytes: number }) {
    this.partition = partition;
    this.#mergedBytes = Math.min(MERGED_BYTES, options.maxBatchBytes);
    this.#depth = options.depth;
  }

  /** Whether batches are to be sent again. */
  get recovering(): boolean {
    return this.#recovering;
  }

  /** Whether records wait to be sent for the first time. */
  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Whether a producer id is used up: no further epoch can be told apart. */
  get exhausted(): boolean {
    return this.#epoch > LAST_EPOCH;
  }

  add(part: GroupPart): void {
    if (this.#halted !== undefined) settlePart(part, { kind: 'notKept', error: this.#halted });
    else this.#waiting.push(part);
  }

  /** The batch to send now, if any. It is under way until {@link kept} or {@link failed}. */
  take(nowMs: number): LaneBatch | undefined {
    if (this.#halted !== undefined || this.exhausted) return undefined;
    if (this.#recovering) {
      if (this.#batches.some(({ underWay }) => underWay)) return undefined;
      const oldest = this.#batches[0];
      if (oldest !== undefined && !this.#giveUpNow && nowMs < oldest.deadlineMs) {
        oldest.underWay = true;
        return oldest;
      }
      this.#giveUp();
    }
    return this.#batches.length < (this.#known ? this.#depth : 1) ? this.#nextBatch(nowMs) : undefined;
  }

  /** Gives up what waited too long. */
  expire(nowMs: number, reason: string): void {
    this.#lastReason = reason;
    for (let part = this.#waiting[0]; part !== undefined && part.deadlineMs <= nowMs; part = this.#waiting[0]) {
      this.#waiting.shift();
      settlePart(part, { kind: 'notKept', error: logNotKept(this.partition, reason) });
    }
  }

  /** The broker keeps the batch. */
  kept(batch: LaneBatch, baseOffset: number, appendMs: number): void {
    if (!this.#remove(batch)) return;
    if (baseOffset < batch.leastOffset) {
      const error = logWentBack(this.partition, baseOffset, batch.leastOffset);
      for (const part of batch.parts) settlePart(part, { kind: 'unknown', error });
      this.halt(error);
      return;
    }
    this.#known = true;
    this.#nextOffset = Math.max(this.#nextOffset, baseOffset + batch.values.length);
    let offset = baseOffset;
    for (const { group, indexes } of batch.parts) {
      for (const index of indexes) group.settle(index, { kind: 'kept', offset: offset++, appendMs });
    }
    if (this.#batches.length === 0 && !this.#giveUpNow) this.#recovering = false;
  }

  /** An attempt failed. */
  failed(batch: LaneBatch, { kind, perhapsKept, reason, error }: BatchFailure): void {
    if (!this.#batches.includes(batch)) return;
    batch.underWay = false;
    batch.perhapsKept ||= perhapsKept;
    this.#lastReason = reason;
    this.#recovering = true;
    // Out of turn although nothing older is left: the broker lost count.
    if (kind === 'outOfTurn' && this.#batches[0] === batch) this.#giveUpNow = true;
    if (kind === 'final' && error !== undefined) {
      this.#remove(batch);
      for (const part of batch.parts) settlePart(part, { kind: 'notKept', error });
      // What follows it would leave a gap in the sequence.
      this.#giveUpNow = true;
    }
  }

  /** Takes nothing any more; what is not known to be kept is settled. */
  halt(error: IsothermError): void {
    this.#halted ??= error;
    this.#settleBatches(error);
    for (const part of this.#waiting.splice(0)) settlePart(part, { kind: 'notKept', error });
  }

  #nextBatch(nowMs: number): LaneBatch | undefined {
    const parts: GroupPart[] = [];
    const values: Uint8Array[] = [];
    let bytes = BATCH_HEADER_BYTES;
    this.expire(nowMs, this.#lastReason);
    for (const part of this.#waiting) {
      const at = values.length;
      bytes += part.values.reduce((sum, value, i) => sum + recordBytes(at + i, value.length), 0);
      if (parts.length > 0 && bytes > this.#mergedBytes) break;
      parts.push(part);
      values.push(...part.values);
    }
    this.#waiting.splice(0, parts.length);
    const oldest = parts[0];
    if (oldest === undefined) return undefined;
    const batch: LaneBatch = {
      lane: this,
      epoch: this.#epoch,
      sequence: this.#sequence,
      parts,
      values,
      deadlineMs: oldest.deadlineMs,
      leastOffset: this.#nextOffset,
      perhapsKept: false,
      underWay: true,
    };
    this.#sequence = (this.#sequence + values.length) & SEQUENCE_MASK;
    this.#batches.push(batch);
    return batch;
  }

  #giveUp(): void {
    this.#settleBatches(undefined);
    this.#epoch++;
    this.#sequence = 0;
    this.#known = false;
    this.#recovering = false;
    this.#giveUpNow = false;
  }

  #settleBatches(error: IsothermError | undefined): void {
    const reason = this.#lastReason;
    for (const batch of this.#batches.splice(0)) {
      const outcome: RecordOutcome =
        batch.perhapsKept || batch.underWay
          ? { kind: 'unknown', error: error ?? logOutcomeUnknown(this.partition, reason) }
          : { kind: 'notKept', error: error ?? logNotKept(this.partition, reason) };
      for (const part of batch.parts) settlePart(part, outcome);
    }
  }

  #remove(batch: LaneBatch): boolean {
    const at = this.#batches.indexOf(batch);
    if (at >= 0) this.#batches.splice(at, 1);
    return at >= 0;
  }
}
