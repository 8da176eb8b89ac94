import type { Calls } from '@isotherm/service-kit';
import type { ComputeCalls } from '../threads/compute-thread.ts';
import type { IngestCalls } from '../threads/ingest-thread.ts';
import type { LedgerReport } from './worker-report.ts';

/**
 * Takes the ledger: what shards have settled first, then what ingest has acked, so that settled above acked means
 * counted twice, however much is under way.
 *
 * @throws WORKER_UNAVAILABLE while a worker is unavailable
 */
export async function takeLedger(
  ingest: Calls<IngestCalls>,
  shards: readonly Calls<ComputeCalls>[],
): Promise<LedgerReport> {
  const before = await ingest.call('pulse', undefined);
  const pulses = await Promise.all(shards.map((shard) => shard.call('pulse', undefined)));
  const after = await ingest.call('pulse', undefined);
  const sum = (pick: (pulse: (typeof pulses)[number]) => number) =>
    pulses.reduce((total, pulse) => total + pick(pulse), 0);
  return {
    acked: after.observationsAcked,
    applied: sum((pulse) => pulse.applied),
    stored: sum((pulse) => pulse.stored),
    dead: sum((pulse) => pulse.dead),
    duplicate: sum((pulse) => pulse.duplicate),
    quiet: before.observationsAcked === after.observationsAcked && sum((pulse) => pulse.lagRecords) === 0,
  };
}
