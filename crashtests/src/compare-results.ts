import type { CurrentConditions, IsothermClient, ReadToken, ResolutionName } from '@isotherm/client';
import type { Prng } from '@isotherm/testkit';
import { readAllCities } from './compare-bounds.ts';
import { type CityRead, compareHistory } from './compare-history.ts';
import { compareRankings } from './compare-rankings.ts';
import { compareCount, compareValue, type Differences, noDifferences } from './differences.ts';
import { addReadings, noSums, type Sums } from './expected-sums.ts';
import type { LedgerState } from './outside-ledger.ts';
import { patiently } from './patiently.ts';
import { producerOf, readingAt, type Workload } from './workload.ts';

/** Compares everything that can be read with a plain loop over what was sent, once every batch is acked. */
export interface ResultComparison {
  /** @param options `everything`: single cities from the beginning on, not just since the comparison before. */
  compare(client: IsothermClient, ledger: LedgerState, options: { readonly everything: boolean }): Promise<Differences>;
}

const RESOLUTIONS: readonly (readonly [ResolutionName, number])[] = [
  ['MINUTE', 60],
  ['QUARTER_HOUR', 900],
  ['HOUR', 3600],
];

const HOUR = 3600;
/** Cities whose every reading is read back. */
const RAW_CITIES = 4;
/** Cities that are read at every resolution, and a random two hours of their past again. */
const WIDE_CITIES = 16;

/** Creates a comparison; what it adds up it keeps, so that a later call adds only what is new. */
export function createResultComparison(
  workload: Workload,
  options: {
    /** Chooses the cities that are read back minute by minute, one a partition. */
    readonly prng: Prng;
    /** Whether every observation is stored. */
    readonly raw: boolean;
  },
): ResultComparison {
  const { prng } = options;
  const totals = workload.cityIds.map(noSums);
  /** Seconds of each city that an earlier comparison has seen. */
  const compared: number[] = [];

  function addUp(ledger: LedgerState): void {
    for (const [city, total] of totals.entries()) {
      const seconds = (ledger.sent[producerOf(workload, city)] ?? 0) * workload.secondsPerBatch;
      addReadings(total, city, { from: total.count, to: seconds });
    }
  }

  return {
    async compare(client, ledger, { everything }) {
      const differences = noDifferences();
      addUp(ledger);
      const cities = await readAllCities(client, workload);
      for (const [city, cityId] of workload.cityIds.entries()) {
        compareCurrent(differences, { city, workload, total: totals[city] ?? noSums(), found: cities.get(cityId) });
      }
      const readToken = await patiently(() => tokenOfEverything(client));
      const sample = onePerPartition(workload, cities, prng);
      for (const [index, city] of sample.entries()) {
        const to = totals[city]?.count ?? 0;
        const newest = { from: everything ? 0 : hourBefore(compared[city] ?? 0), to };
        const read = (seconds: CityRead['seconds'], [resolution, width]: (typeof RESOLUTIONS)[number]) =>
          compareHistory(differences, { client, workload, readToken, city, seconds }, resolution, width);
        for (const each of index < WIDE_CITIES ? RESOLUTIONS : RESOLUTIONS.slice(0, 1)) await read(newest, each);
        // What was right once has to stay right.
        if (index < WIDE_CITIES && newest.from > 0) {
          const from = hourBefore(prng.below(newest.from));
          for (const each of RESOLUTIONS) await read({ from, to: Math.min(newest.from, from + 2 * HOUR) }, each);
        }
        if (options.raw && index < RAW_CITIES) await read(newest, ['RAW', 1]);
        // Whoever reads the last raw row of a partition waits until its dead letters are stored too.
        else if (options.raw && everything) await read({ from: hourBefore(to), to }, ['RAW', 1]);
      }
      // The reads above stored all rows that were still open, in every partition.
      await compareRankings(differences, { client, workload, totals });
      for (const [city, { count }] of totals.entries()) compared[city] = count;
      return differences;
    },
  };
}

function hourBefore(second: number): number {
  return second - (second % HOUR);
}

function compareCurrent(
  differences: Differences,
  of: {
    readonly city: number;
    readonly workload: Workload;
    readonly total: Sums;
    readonly found: CurrentConditions | undefined;
  },
): void {
  const { city, workload, total, found } = of;
  const what = `current values of city ${workload.cityIds[city]}`;
  compareCount(differences, what, {
    found: found?.observations ?? 0,
    atLeast: total.count,
    atMost: total.count,
  });
  if (total.count === 0) return;
  const newest = readingAt(city, total.count - 1);
  compareValue(differences, `${what}, time`, {
    found: found?.observeTime.getTime(),
    wanted: workload.startMs + (total.count - 1) * 1000,
  });
  compareValue(differences, `${what}, temperature`, {
    found: found?.temperature,
    wanted: newest.temperatureCenti / 100,
  });
}

function onePerPartition(workload: Workload, cities: ReadonlyMap<string, CurrentConditions>, prng: Prng): number[] {
  const byPartition = new Map<number, number[]>();
  for (const [city, cityId] of workload.cityIds.entries()) {
    const partition = cities.get(cityId)?.partition;
    if (partition === undefined) continue;
    const members = byPartition.get(partition);
    if (members === undefined) byPartition.set(partition, [city]);
    else members.push(city);
  }
  return [...byPartition.values()].map((members) => prng.pick(members));
}

/** A token for all that is durable now. */
async function tokenOfEverything(client: IsothermClient): Promise<ReadToken> {
  const { incarnation, shards } = await client.status();
  const ends = shards.flatMap((shard) => shard.partitions).filter(({ endOffset }) => endOffset > 0);
  return {
    incarnation,
    partitions: ends.map(({ partition }) => partition),
    offsets: ends.map(({ endOffset }) => BigInt(endOffset - 1)),
  };
}
