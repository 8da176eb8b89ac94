import type { IsothermClient } from '@isotherm/client';
import { compareCount, compareValue, type Differences } from './differences.ts';
import { noSums, type Sums } from './expected-sums.ts';
import { patiently } from './patiently.ts';
import type { Workload } from './workload.ts';

const DAY_MS = 86_400_000;

/** Count and means of every city over the whole span; a ranking holds 1,000 cities, both its ends 2,000. */
export async function compareRankings(
  differences: Differences,
  of: { readonly client: IsothermClient; readonly workload: Workload; readonly totals: readonly Sums[] },
): Promise<void> {
  const { client, workload, totals } = of;
  const metrics = [
    ['TEMPERATURE', (sums: Sums) => sums.temperatureCenti / sums.count / 100],
    ['HEAT_INDEX', (sums: Sums) => sums.heatIndex / sums.count],
    ['RELATIVE_HUMIDITY', (sums: Sums) => sums.humidityCenti / sums.count / 100],
    ['WIND_SPEED', (sums: Sums) => sums.windCenti / sums.count / 100],
  ] as const;
  const cityOf = new Map(workload.cityIds.map((cityId, city) => [cityId, city]));
  for (const [metric, meanOf] of metrics) {
    const span = { startTime: workload.startMs, endTime: workload.startMs + 30 * DAY_MS, limit: 1000 };
    const found = new Map<string, { readonly value: number; readonly count: number }>();
    for (const ascending of workload.cityIds.length > 1000 ? [false, true] : [false]) {
      const { cities } = await patiently(() => client.rank({ ...span, metric, ascending }));
      for (const { city, value, count } of cities) found.set(city.cityId, { value, count });
    }
    for (const [cityId, { value, count }] of found) {
      const total = totals[cityOf.get(cityId) ?? -1] ?? noSums();
      const what = `ranking by ${metric}, city ${cityId}`;
      compareCount(differences, what, { found: count, atLeast: total.count, atMost: total.count });
      if (count === total.count) compareValue(differences, what, { found: value, wanted: meanOf(total) });
    }
    compareCount(differences, `cities ranked by ${metric}`, {
      found: found.size,
      atLeast: Math.min(2000, totals.filter(({ count }) => count > 0).length),
      atMost: workload.cityIds.length,
    });
  }
}
