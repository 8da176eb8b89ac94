import type { IsothermClient, Pulse } from '@isotherm/client';
import { eventually } from './eventually.ts';

/** The ledger of a platform's pulse. */
export type Ledger = Pick<
  Pulse,
  'observationsAcked' | 'observationsApplied' | 'observationsDead' | 'observationsDuplicate'
>;

/** The ledger once it shows what is wanted; the pulse is taken once a second. */
export async function ledgerShowing(client: IsothermClient, wanted: Partial<Ledger>): Promise<Ledger> {
  return await eventually(
    () => ledgerOf(client),
    (ledger) => Object.entries(wanted).every(([key, value]) => ledger[key as keyof Ledger] === value),
  );
}

/** The ledger as of a pulse taken after this call. */
export async function freshLedger(client: IsothermClient): Promise<Ledger> {
  for await (const _ of client.watchPulse()) break;
  let beats = 0;
  for await (const pulse of client.watchPulse()) {
    if (++beats < 2) continue;
    return pick(pulse);
  }
  throw new Error('The pulse stopped');
}

async function ledgerOf(client: IsothermClient): Promise<Ledger> {
  const { pulse } = await client.status();
  if (pulse === undefined) throw new Error('The platform has no pulse yet');
  return pick(pulse);
}

function pick(pulse: Pulse): Ledger {
  const { observationsAcked, observationsApplied, observationsDead, observationsDuplicate } = pulse;
  return { observationsAcked, observationsApplied, observationsDead, observationsDuplicate };
}
