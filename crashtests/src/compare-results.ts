import type { CurrentConditions, HistoryPoint, IsothermClient, ReadToken, ResolutionName } from '@isotherm/client';
import { readAllCities } from './compare-bounds.ts';
import { compareCount, compareValue, type Differences, noDifferences } from './differences.ts';
import { addReadings, noSums, type Sums, sumsBySpan } from './expected-sums.ts';
import type { LedgerState } from './outside-ledger.ts';
import { producerOf, readingAt, type Workload } from './workload.ts';

/** Compares everything that can be read with a plain loop over what was sent, once every batch is acked. */
export interface ResultComparison {
  compare(client: IsothermClient, ledger: LedgerState): Promise<Differences>;
}

const RESOLUTIONS: readonly (readonly [ResolutionName, number])[] = [
  ['MINUTE', 60],
  ['QUARTER_HOUR', 900],
  ['HOUR', 3600],
];

/** Cities whose every reading is read back. */
const RAW_CITIES = 4;
const DAY_MS = 86_400_000;

/** Creates a comparison; what it adds up it keeps, so that a later call adds only what is new. */
export function createResultComparison(
  workload: Workload,
  options: {
    /** Chooses the cities that are read back minute by minute, one a partition: 0 ≤ x < 1. */
    readonly random: () => number;
    /** Whether every observation is stored. */
    readonly raw: boolean;
  },
): ResultComparison {
  const totals = workload.cityIds.map(noSums);

  function addUp(ledger: LedgerState): void {
    for (const [city, total] of totals.entries()) {
      const seconds = (ledger.sent[producerOf(workload, city)] ?? 0) * workload.secondsPerBatch;
      addReadings(total, city, { from: total.count, to: seconds });
    }
  }

  return {
    async compare(client, ledger) {
      const differences = noDifferences();
      addUp(ledger);
      const cities = await readAllCities(client, workload);
      for (const [city, cityId] of workload.cityIds.entries()) {
        compareCurrent(differences, { city, workload, total: totals[city] ?? noSums(), found: cities.get(cityId) });
      }
      const readToken = await tokenOfEverything(client);
      const sample = onePerPartition(workload, cities, options.random);
      for (const [index, city] of sample.entries()) {
        const read = { client, workload, readToken, city, seconds: totals[city]?.count ?? 0 };
        for (const [resolution, width] of RESOLUTIONS) await compareHistory(differences, read, resolution, width);
        if (options.raw && index < RAW_CITIES) await compareHistory(differences, read, 'RAW', 1);
      }
      // The reads above stored all rows that were still open, in every partition.
      await compareRankings(differences, { client, workload, totals });
      return differences;
    },
  };
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
    found: found?.observedAt.getTime(),
    wanted: workload.startMs + (total.count - 1) * 1000,
  });
  compareValue(differences, `${what}, temperature`, {
    found: found?.temperature,
    wanted: newest.temperatureCenti / 100,
  });
}

interface CityRead {
  readonly client: IsothermClient;
  readonly workload: Workload;
  readonly readToken: ReadToken;
  readonly city: number;
  readonly seconds: number;
}

async function compareHistory(
  differences: Differences,
  read: CityRead,
  resolution: ResolutionName,
  width: number,
): Promise<void> {
  const { client, workload, readToken, city, seconds } = read;
  const cityId = workload.cityIds[city] ?? '';
  const wanted = sumsBySpan(city, seconds, width);
  const options = {
    from: workload.startMs,
    to: workload.startMs + seconds * 1000,
    resolution,
    readToken,
    pageSize: 10_000,
    timeoutMs: 120_000,
  };
  for await (const { points } of client.history(cityId, options)) {
    for (const point of points) {
      const second = (point.start.getTime() - workload.startMs) / 1000;
      comparePoint(differences, `${resolution} ${point.start.toISOString()} of city ${cityId}`, {
        point,
        wanted: wanted.get(second) ?? noSums(),
        // What is stored of single observations is what was measured.
        derived: resolution !== 'RAW',
      });
      wanted.delete(second);
    }
  }
  for (const [second, { count }] of wanted) {
    const start = new Date(workload.startMs + second * 1000).toISOString();
    compareCount(differences, `${resolution} ${start} of city ${cityId}`, { found: 0, atLeast: count, atMost: count });
  }
}

function comparePoint(
  differences: Differences,
  what: string,
  { point, wanted, derived }: { readonly point: HistoryPoint; readonly wanted: Sums; readonly derived: boolean },
): void {
  const { count } = wanted;
  compareCount(differences, what, { found: point.count, atLeast: count, atMost: count });
  if (point.count !== count) return;
  const mean = (centi: number) => centi / count / 100;
  const compare = (name: string, found: number | undefined, value: number) =>
    compareValue(differences, `${what}, ${name}`, { found, wanted: value });
  compare('temperature', point.temperature, mean(wanted.temperatureCenti));
  compare('highest temperature', point.temperatureMax, wanted.temperatureMaxCenti / 100);
  compare('humidity', point.relativeHumidityPercent, mean(wanted.humidityCenti));
  compare('wind', point.windSpeed, mean(wanted.windCenti));
  if (derived) compare('heat index', point.heatIndex, wanted.heatIndex / count);
}

/** Count and means of every city over the whole span; a ranking holds 1,000 cities, both its ends 2,000. */
async function compareRankings(
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
    const span = { from: workload.startMs, to: workload.startMs + 30 * DAY_MS, limit: 1000, timeoutMs: 120_000 };
    const found = new Map<string, { readonly value: number; readonly count: number }>();
    for (const ascending of workload.cityIds.length > 1000 ? [false, true] : [false]) {
      const { cities } = await client.rank({ ...span, metric, ascending });
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

function onePerPartition(
  workload: Workload,
  cities: ReadonlyMap<string, CurrentConditions>,
  random: () => number,
): number[] {
  const byPartition = new Map<number, number[]>();
  for (const [city, cityId] of workload.cityIds.entries()) {
    const partition = cities.get(cityId)?.partition;
    if (partition === undefined) continue;
    const members = byPartition.get(partition);
    if (members === undefined) byPartition.set(partition, [city]);
    else members.push(city);
  }
  return [...byPartition.values()].map((members) => members[Math.floor(random() * members.length)] ?? 0);
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
