import type { IsothermClient, PlatformStats } from '@isotherm/client';
import { eventually } from './eventually.ts';

/** The ledger of a platform's stats. */
export type Ledger = Pick<
  PlatformStats,
  'observationsAcked' | 'observationsApplied' | 'observationsDead' | 'observationsDuplicate'
>;

/** The ledger once it shows what is wanted; stats are taken once a second. */
export async function ledgerShowing(client: IsothermClient, wanted: Partial<Ledger>): Promise<Ledger> {
  return await eventually(
    () => ledgerOf(client),
    (ledger) => Object.entries(wanted).every(([key, value]) => ledger[key as keyof Ledger] === value),
  );
}

/** The ledger as of stats taken after this call. */
export async function freshLedger(client: IsothermClient): Promise<Ledger> {
  for await (const _ of client.watchStats()) break;
  let beats = 0;
  for await (const stats of client.watchStats()) {
    if (++beats < 2) continue;
    return pick(stats);
  }
  throw new Error('The stats stopped');
}

async function ledgerOf(client: IsothermClient): Promise<Ledger> {
  const { stats } = await client.status();
  if (stats === undefined) throw new Error('The platform has no stats yet');
  return pick(stats);
}

function pick(stats: PlatformStats): Ledger {
  const { observationsAcked, observationsApplied, observationsDead, observationsDuplicate } = stats;
  return { observationsAcked, observationsApplied, observationsDead, observationsDuplicate };
}
