import type { CurrentConditions, IsothermClient } from '@isotherm/client';
import { compareCount, type Differences, noDifferences } from './differences.ts';
import type { LedgerState } from './outside-ledger.ts';
import { patiently } from './patiently.ts';
import { producerOf, type Workload } from './workload.ts';

/** Cities of one call. */
const CITIES_PER_CALL = 1000;

/** Reads the current values of every city that has any, all durable observations applied. */
export async function readAllCities(
  client: IsothermClient,
  workload: Workload,
): Promise<ReadonlyMap<string, CurrentConditions>> {
  const found = new Map<string, CurrentConditions>();
  for (let from = 0; from < workload.cityIds.length; from += CITIES_PER_CALL) {
    const cityIds = workload.cityIds.slice(from, from + CITIES_PER_CALL);
    const { conditions } = await patiently(() => client.current(cityIds, { consistency: 'STRONG' }));
    for (const each of conditions) found.set(each.city.cityId, each);
  }
  return found;
}

/**
 * Right after a restart, before anything is sent again: every city has at least what was acked, at most what was sent,
 * and whole slices only (acked ⊆ applied ⊆ sent).
 */
export async function compareBounds(
  client: IsothermClient,
  workload: Workload,
  ledger: LedgerState,
): Promise<Differences> {
  const differences = noDifferences();
  const cities = await readAllCities(client, workload);
  const { secondsPerBatch } = workload;
  for (const [city, cityId] of workload.cityIds.entries()) {
    const producer = producerOf(workload, city);
    const found = cities.get(cityId)?.observations ?? 0;
    compareCount(differences, `after the restart, city ${cityId}`, {
      found,
      atLeast: (ledger.acked[producer]?.size ?? 0) * secondsPerBatch,
      atMost: (ledger.sent[producer] ?? 0) * secondsPerBatch,
    });
    if (found % secondsPerBatch !== 0) {
      differences.wrongValues += 1;
      differences.examples.push(`after the restart, city ${cityId}: half a slice was applied (${found} observations)`);
    }
  }
  return differences;
}
