import type { CurrentConditions, IsothermClient } from '@isotherm/client';
import { expect, it } from 'vitest';
import { compareBounds } from './compare-bounds.ts';
import { createWorkload } from './workload.ts';

const workload = createWorkload({ cities: 4, producers: 2, nowMs: 1_700_000_000_000 });
/** Producer 0 sent 5 batches and has acks of 3, producer 1 sent and acked 2; a batch has 4 readings a city. */
const ledger = { sent: [5, 2], acked: [new Set([0, 1, 3]), new Set([0, 1])], acceptedRows: 0, rejectedRows: 0 };

/** A platform that counts this many observations of each city. */
function platformWith(observations: readonly number[]): IsothermClient {
  const conditions = workload.cityIds.map((cityId, city) => ({
    city: { cityId },
    observations: observations[city],
  })) as unknown as CurrentConditions[];
  return { current: async () => ({ conditions, unknownCities: [] }) } as unknown as IsothermClient;
}

it('accepts what lies between acked and sent', async () => {
  expect(await compareBounds(platformWith([12, 20, 8, 8]), workload, ledger)).toMatchObject({ lost: 0, twice: 0 });
});

it('finds what was acked and is missing, and what is there more often than it was sent', async () => {
  const found = await compareBounds(platformWith([8, 24, 4, 12]), workload, ledger);
  expect(found).toMatchObject({ lost: 4 + 4, twice: 4 + 4, wrongValues: 0 });
});

it('finds half a slice', async () => {
  expect(await compareBounds(platformWith([14, 20, 8, 8]), workload, ledger)).toMatchObject({ wrongValues: 1 });
});
