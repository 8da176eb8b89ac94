import type { Observation, ReadToken } from '@isotherm/client';

/** A batch as its producer wrote it down before it was sent, outside of everything that can fail. */
export interface LedgerBatch {
  readonly producerId: string;
  readonly session: bigint;
  readonly sequence: number;
  readonly rows: readonly Observation[];
  /** Whether the platform said that it is kept. */
  acked: boolean;
  readToken: ReadToken | undefined;
}

/** Everything that was sent, and what was acked of it. */
export interface Ledger {
  /** Writes down a batch that is about to be sent. */
  sending(batch: Omit<LedgerBatch, 'acked' | 'readToken'>): LedgerBatch;
  readonly batches: readonly LedgerBatch[];
}

/** An empty ledger. */
export function createLedger(): Ledger {
  const batches: LedgerBatch[] = [];
  return {
    batches,
    sending(batch) {
      const entry: LedgerBatch = { ...batch, acked: false, readToken: undefined };
      batches.push(entry);
      return entry;
    },
  };
}
