import { setTimeout as sleep } from 'node:timers/promises';
import type { LedgerReport } from '../../control/worker-report.ts';

/** A ledger and what it says. */
export interface LedgerResult extends LedgerReport {
  /**
   * `clean`: every observation acked is applied, a duplicate or a dead letter, once. `missing` and `excess` tell by how
   * many it is not.
   */
  readonly result: 'clean' | 'missing' | 'excess';
  /** acked − (applied + dead + duplicate) when it was checked. */
  readonly open: number;
}

/** How long what was acked may take to be applied. */
const SETTLE_MS = 120_000;
const INTERVAL_MS = 100;
/** A moment when nothing is under way is waited for so long; it tells the most. */
const QUIET_MS = 5_000;
/** And rows that must be stored again, so long; the ledger is as clean without. */
const STORE_MS = 20_000;

/**
 * Checks a ledger: what was acked when it is first looked at must be settled soon, and never may more be settled than
 * was acked. At a moment when nothing is under way both are equal.
 *
 * @param take takes a ledger; undefined while a worker is unavailable
 * @param stored observations that were stored before: a shard that was killed writes the rows after its checkpoint
 * again, and is given the time to
 */
export async function checkLedger(take: () => Promise<LedgerReport | undefined>, stored = 0): Promise<LedgerResult> {
  const beganMs = performance.now();
  let first: LedgerReport | undefined;
  for (;;) {
    const ledger = await take();
    const elapsedMs = performance.now() - beganMs;
    if (ledger !== undefined) {
      first ??= ledger;
      const settled = ledger.applied + ledger.dead + ledger.duplicate;
      const open = ledger.acked - settled;
      const storedEnough = ledger.stored >= stored || elapsedMs > STORE_MS;
      if (open < 0) return { ...ledger, open, result: 'excess' };
      if (ledger.quiet && open === 0 && storedEnough) return { ...ledger, open, result: 'clean' };
      if (settled >= first.acked && elapsedMs > QUIET_MS && storedEnough) return { ...ledger, open, result: 'clean' };
      if (elapsedMs > SETTLE_MS) return { ...ledger, open, result: 'missing' };
    } else if (elapsedMs > SETTLE_MS) throw new Error('A worker of the platform was away for more than two minutes');
    await sleep(INTERVAL_MS);
  }
}
