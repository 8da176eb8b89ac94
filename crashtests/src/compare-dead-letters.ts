import { startClickHouseServer } from '@isotherm/analytics';
import type { IsothermClient } from '@isotherm/client';
import { DEAD_REASONS, expectedDeadLetters } from './dead-rows.ts';
import { compareCount, type Differences } from './differences.ts';
import type { LedgerState } from './outside-ledger.ts';
import { patiently } from './patiently.ts';

/** Once every batch is applied: as many observations ended as dead letters as the model says, whatever was sent again. */
export async function compareDeadObservations(
  differences: Differences,
  client: IsothermClient,
  ledger: LedgerState,
): Promise<void> {
  const { shards } = await patiently(() => client.status());
  const found = shards.flatMap((shard) => shard.partitions).reduce((sum, each) => sum + each.observationsDead, 0);
  const wanted = [...expectedDeadLetters(ledger.sent).values()].reduce((sum, count) => sum + count, 0);
  compareCount(differences, 'observations that are late or rejected', { found, atLeast: wanted, atMost: wanted });
}

/** The stored dead letters by reason, read from the engine's directory when the platform has ended. */
export async function compareStoredDeadLetters(
  differences: Differences,
  ledger: LedgerState,
  at: { readonly engineDirectory: string; readonly scratchDirectory: string },
): Promise<void> {
  await using served = await startClickHouseServer({
    directory: at.scratchDirectory,
    dataDirectory: at.engineDirectory,
    httpPort: 0,
    nativePort: 0,
  });
  const answer = await fetch(served.url, {
    method: 'POST',
    body: 'SELECT reason, count() FROM isotherm.dead_letters FINAL GROUP BY reason FORMAT TSV',
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`The stored dead letters cannot be read: ${text}`);
  const lines = text.trim().split('\n').filter(Boolean);
  const stored = new Map(lines.map((line) => line.split('\t').map(Number) as [number, number]));
  for (const [reason, count] of expectedDeadLetters(ledger.sent)) {
    const found = stored.get(DEAD_REASONS[reason]) ?? 0;
    stored.delete(DEAD_REASONS[reason]);
    compareCount(differences, `stored dead letters ${reason}`, { found, atLeast: count, atMost: count });
  }
  for (const [reason, found] of stored) {
    compareCount(differences, `stored dead letters of reason ${reason}`, { found, atLeast: 0, atMost: 0 });
  }
}
