import type { Outage, WorkerState } from '../threads/supervise-worker.ts';

/** Kinds of workers that can be killed. */
export const WORKER_KINDS = ['compute', 'ingest', 'analytics'] as const;

/** A kind of worker. */
export type WorkerKind = (typeof WORKER_KINDS)[number];

/** A worker as the control socket tells it. */
export interface WorkerReport {
  readonly name: string;
  readonly kind: WorkerKind;
  readonly state: WorkerState;
  readonly restarts: number;
  /** The newest time it was not there. */
  readonly outage: Outage | null;
  /** Cities whose current values it answers, as far as known. */
  readonly cities: number;
}

/** The answer to GET /v1/workers. */
export interface WorkersReport {
  /** Whether workers may be killed. */
  readonly chaos: boolean;
  readonly workers: readonly WorkerReport[];
}

/** The answer to GET /v1/ledger, in observations since the log began. */
export interface LedgerReport {
  /** Accepted and durable. */
  readonly acked: number;
  readonly applied: number;
  readonly stored: number;
  /** Accepted, and kept as dead letters: late, conflicting, expired. */
  readonly dead: number;
  /** Skipped as retries of what was counted before. */
  readonly duplicate: number;
  /** Whether nothing came or was under way while it was taken: then acked = applied + dead + duplicate exactly. */
  readonly quiet: boolean;
}
