import type { Claim } from '@isotherm/checkpoint';
import type { PartitionState } from '@isotherm/domain';
import type { Forecaster } from '@isotherm/forecast';
import type { TraceTrail } from './trace-trail.ts';

/** What a shard holds of a partition besides its state. */
export interface PartitionRuntime {
  readonly partition: number;
  readonly state: PartitionState;
  readonly forecaster: Forecaster;
  readonly claim: Claim;
  /** Offset up to which dead letters and raw rows are stored. */
  sinkCursor: number;
  /** Offset of the newest checkpoint. */
  checkpointOffset: number;
  /** Where recovery from the newest checkpoint begins to read: its offset, or its sink cursor if that lies before. */
  checkpointFloor: number;
  /** The same of the checkpoint before it, which recovery falls back to: the log is kept from there. */
  fallbackFloor: number;
  /** Whether the next segment must hold everything, because none does yet or one was lost on its way. */
  needsFullSegment: boolean;
  /** Segments since and with the last full one. */
  segments: number;
  /** Bytes of those after the full one. */
  deltaBytes: number;
  /** Records passed over because they were damaged or could not be applied. */
  poisoned: number;
  readonly trail: TraceTrail;
}

/**
 * Offset from which the log is still needed. What the sink has stored since does not matter: a recovery goes on from the
 * cursor that its checkpoint holds.
 */
export function retentionFloor(runtime: PartitionRuntime): number {
  return runtime.fallbackFloor;
}
