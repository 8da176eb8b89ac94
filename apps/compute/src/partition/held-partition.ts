import type { CheckpointId, Claim } from '@isotherm/checkpoint';
import type { PartitionState, PendingRows } from '@isotherm/domain';
import type { Forecaster } from '@isotherm/forecast';
import type { PartitionPhase } from './partition-phase.ts';
import { newSpanLinks, type SpanLinks } from './span-links.ts';

/** What a shard holds of a partition besides its state. */
export interface HeldPartition {
  readonly partition: number;
  readonly state: PartitionState;
  readonly forecaster: Forecaster;
  /** Set by the partition table alone. */
  phase: Exclude<PartitionPhase, 'loading'>;
  /** Undefined until the partition is owned. */
  claim: Claim | undefined;
  /** The checkpoint that the next delta is applied on; undefined where there is none. */
  base: CheckpointId | undefined;
  /** Offset up to which dead letters and raw rows are stored. */
  sinkCursor: number;
  /** Offset of the newest checkpoint. */
  checkpointOffset: number;
  /** Where recovery from the newest checkpoint begins to read: its offset, or its sink cursor if that lies before. */
  neededFrom: number;
  /** The same of the checkpoint before it, which recovery falls back to: the log is kept from there. */
  fallbackNeededFrom: number;
  /** Whether the next segment must hold everything: none does yet, one was lost on its way, or another owner wrote the last one. */
  needsFullSegment: boolean;
  /** Segments since and with the last full one. */
  segments: number;
  /** Bytes of those after the full one. */
  deltaBytes: number;
  /** Records skipped because they were damaged or could not be applied. */
  poisoned: number;
  /** Time spent applying, in ms. */
  busyMs: number;
  /** A follower whose state takes no more until it learns what its owner has stored. */
  stalled: boolean;
  /** Rows that a follower holds back until the owner has stored them. */
  withheldRows: PendingRows | undefined;
  readonly spanLinks: SpanLinks;
}

/** A partition before its first checkpoint, to be followed. */
export function newHeldPartition(from: Pick<HeldPartition, 'partition' | 'state' | 'forecaster'>): HeldPartition {
  return {
    ...from,
    phase: 'following',
    claim: undefined,
    base: undefined,
    sinkCursor: 0,
    checkpointOffset: 0,
    neededFrom: 0,
    fallbackNeededFrom: 0,
    needsFullSegment: true,
    segments: 0,
    deltaBytes: 0,
    poisoned: 0,
    busyMs: 0,
    stalled: false,
    withheldRows: undefined,
    spanLinks: newSpanLinks(),
  };
}

/** Whether records of the log are applied to it now. */
export function takesRecords(held: HeldPartition): boolean {
  return held.phase === 'owning' || (held.phase === 'following' && !held.stalled);
}

/**
 * Offset from which the log is still needed. What the sink has stored since does not matter: a recovery goes on from the
 * cursor that its checkpoint holds.
 */
export function trimOffset(held: HeldPartition): number {
  return held.fallbackNeededFrom;
}
