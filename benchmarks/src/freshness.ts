import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadCatalogue } from '@isotherm/catalogue';
import { createIsothermClient, type IsothermClient } from '@isotherm/client';
import { scratchDirectory, startPlatformProcess } from 'isotherm/testing';
import { writeReading } from './workload.ts';

const CATALOGUE = fileURLToPath(new URL('../../samples/cities.csv.gz', import.meta.url));

/** Options of {@link freshness}. */
export interface FreshnessOptions {
  readonly cities: number;
  /** Observations a second in the background. */
  readonly perSecond: number;
  readonly seconds: number;
}

/** What was measured: quantiles in ms over the probes. */
export interface FreshnessResult {
  readonly probes: number;
  /** Background observations a second that were reached. */
  readonly perSecond: number;
  /** Ack received to value seen by GetCurrent, without a token. */
  readonly visibleMs: Quantiles;
  /** The reference: a GetCurrent that waits for nothing, in the same run. */
  readonly readMs: Quantiles;
}

/** Quantiles of a sample. */
export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** While a load runs, sends single readings and asks for each until it is seen. */
export async function freshness(options: FreshnessOptions): Promise<FreshnessResult> {
  const catalogue = await loadCatalogue({ path: CATALOGUE });
  const cityIds = catalogue.largest(options.cities).map((city) => city.cityId);
  await using directory = await scratchDirectory();
  await using platform = await startPlatformProcess({ dataDirectory: directory.path });
  await using client = createIsothermClient({
    ingestUrl: platform.ingestAddress,
    apiUrl: platform.apiUrl,
    producerId: 'freshness',
  });
  const over = new AbortController();
  const load = runLoad(client, { cityIds, perSecond: options.perSecond }, over.signal);
  await sleep(2000);
  const visible: number[] = [];
  const reads: number[] = [];
  const endMs = performance.now() + options.seconds * 1000;
  for (let probe = 0; performance.now() < endMs; probe++) {
    const temperatureCelsius = (probe % 5000) / 100;
    await client.send([{ cityId: 'probe', observeTime: Date.now(), temperatureCelsius }]);
    const ackedMs = performance.now();
    let readMs = ackedMs;
    for (;;) {
      const { conditions, unknownCities: _ } = await client.current(['probe', cityIds[0] ?? '']);
      const nowMs = performance.now();
      const seen = conditions.find(({ city }) => city.cityId === 'probe');
      if (seen?.temperature === temperatureCelsius) {
        visible.push(nowMs - ackedMs);
        reads.push(nowMs - readMs);
        break;
      }
      readMs = nowMs;
    }
    await sleep(10);
  }
  over.abort();
  return { probes: visible.length, perSecond: await load, visibleMs: quantiles(visible), readMs: quantiles(reads) };
}

/** Sends one reading a city again and again at a steady rate. @returns the rate reached. */
async function runLoad(
  client: IsothermClient,
  { cityIds, perSecond }: { readonly cityIds: readonly string[]; readonly perSecond: number },
  signal: AbortSignal,
): Promise<number> {
  await using stream = client.openStream();
  const rows = 1000;
  const indices = Uint32Array.from(cityIds, (cityId) => stream.cityIndex(cityId));
  const columns = { t: new Int32Array(rows), h: new Int32Array(rows), w: new Int32Array(rows) };
  const startedMs = performance.now();
  let sent = 0;
  while (!signal.aborted) {
    const dueMs = startedMs + (sent / perSecond) * 1000;
    if (dueMs > performance.now()) await sleep(dueMs - performance.now());
    const from = sent % cityIds.length;
    const count = Math.min(rows, cityIds.length - from);
    for (let row = 0; row < count; row++) writeReading(from + row, sent, columns, row);
    await stream.write({
      cityIndex: indices.subarray(from, from + count),
      baseUnixMs: Date.now(),
      observedOffsetMs: new Uint32Array(count),
      temperatureCelsius: { scale: 2, unscaled: columns.t.subarray(0, count) },
      relativeHumidityPercent: { scale: 2, unscaled: columns.h.subarray(0, count) },
      windSpeedMps: { scale: 2, unscaled: columns.w.subarray(0, count) },
    });
    sent += count;
  }
  await stream.flush();
  return sent / ((performance.now() - startedMs) / 1000);
}

function quantiles(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
