import type { LifecycleState } from '@isotherm/service-kit';

/** Counters since the start and levels at this moment. */
export interface IngestStats {
  readonly state: LifecycleState;
  /** Observations accepted and acked as durable. */
  readonly acceptedObservations: number;
  /** Observations rejected and acked: durable as dead letters to be. */
  readonly rejectedObservations: number;
  /** Batches acked. */
  readonly ackedBatches: number;
  /** Acked batches that had been sent before, as far as this process knows. */
  readonly duplicateBatches: number;
  /** Batches refused before anything was appended. */
  readonly refusedBatches: number;
  /** Batches whose append failed, whole or in part. */
  readonly failedBatches: number;
  /** Groups committed. */
  readonly groups: number;
  /** Different cities known. */
  readonly cities: number;
  readonly openStreams: number;
  /** Observations that are not durable yet, in bytes, about. */
  readonly pendingBytes: number;
}

/** The counters, to be counted up. */
export type IngestCounters = {
  -readonly [Name in
    | 'acceptedObservations'
    | 'rejectedObservations'
    | 'ackedBatches'
    | 'duplicateBatches'
    | 'refusedBatches'
    | 'failedBatches'
    | 'groups']: number;
};

/** All zero. */
export function createIngestCounters(): IngestCounters {
  return {
    acceptedObservations: 0,
    rejectedObservations: 0,
    ackedBatches: 0,
    duplicateBatches: 0,
    refusedBatches: 0,
    failedBatches: 0,
    groups: 0,
  };
}
