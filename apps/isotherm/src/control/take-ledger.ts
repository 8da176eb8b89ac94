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
  const before = await ingest.call('stats', undefined);
  const taken = await Promise.all(shards.map((shard) => shard.call('stats', undefined)));
  const after = await ingest.call('stats', undefined);
  const sum = (pick: (stats: (typeof taken)[number]) => number) =>
    taken.reduce((total, stats) => total + pick(stats), 0);
  return {
    acked: after.observationsAcked,
    applied: sum((stats) => stats.applied),
    stored: sum((stats) => stats.stored),
    dead: sum((stats) => stats.dead),
    duplicate: sum((stats) => stats.duplicate),
    quiet: before.observationsAcked === after.observationsAcked && sum((stats) => stats.lagRecords) === 0,
  };
}
