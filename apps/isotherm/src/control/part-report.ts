import type { Outage, PartState } from '../threads/supervise-part.ts';

/** Kinds of parts that can be killed. */
export const PART_KINDS = ['compute', 'ingest', 'analytics'] as const;

/** A kind of part. */
export type PartKind = (typeof PART_KINDS)[number];

/** A part as the control socket tells it. */
export interface PartReport {
  readonly name: string;
  readonly kind: PartKind;
  readonly state: PartState;
  readonly restarts: number;
  /** The newest time it was not there. */
  readonly outage: Outage | null;
  /** Cities whose current values it answers, as far as known. */
  readonly cities: number;
}

/** The answer to GET /v1/parts. */
export interface PartsReport {
  /** Whether parts may be killed. */
  readonly chaos: boolean;
  readonly parts: readonly PartReport[];
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
