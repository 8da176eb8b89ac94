import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadCatalogue } from '@isotherm/catalogue';
import { createIsothermClient, type IsothermClient } from '@isotherm/client';
import { findFreePort, findKafka, startKafka } from '@isotherm/local-services';
import { scratchDirectory, startServiceProcess } from 'isotherm/testing';
import { type SendPlan, sendSeconds } from './send-seconds.ts';
import { transportOnly } from './transport-reference.ts';

const CATALOGUE = fileURLToPath(new URL('../../samples/cities.csv.gz', import.meta.url));
/** Cities of one read. */
const CITIES_PER_READ = 1000;

/** What was measured. */
export interface OverKafkaResult {
  readonly observations: number;
  readonly ackedPerSecond: number;
  /** Until every observation was in the state of its city. */
  readonly appliedPerSecond: number;
  readonly transportPerSecond: number;
  readonly citiesWrong: number;
}

/**
 * Ingest, compute and query as processes over one Kafka broker, without an analytical store: gRPC, log, compute. The clock
 * stops when every city has all its observations. @returns undefined where there is no Kafka, said why
 */
export async function overKafka(options: {
  readonly cities: number;
  readonly seconds: number;
  readonly streams: number;
}): Promise<OverKafkaResult | undefined> {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const kafka = await findKafka(say);
  if ('missing' in kafka) {
    say(`skipped: ${kafka.missing}`);
    return undefined;
  }
  const catalogue = await loadCatalogue({ path: CATALOGUE });
  const cityIds = catalogue.largest(options.cities).map((city) => city.cityId);
  const startMs = Math.floor((Date.now() - (options.seconds + 120) * 1000) / 60_000) * 60_000;
  const plan: SendPlan = { cityIds, startMs, seconds: options.seconds, streams: options.streams, rowsPerMessage: 1000 };
  const transportPerSecond = await transportOnly({ ...plan, seconds: Math.min(300, plan.seconds) });

  await using cluster = await startKafka(kafka, { brokers: 1, longRunning: true, heapMegabytes: 1024 });
  await using directory = await scratchDirectory();
  const [ingestPort, computePort] = [await findFreePort(), await findFreePort()];
  const config = join(directory.path, 'isotherm.json');
  const topic = { name: 'bench', replicationFactor: 1, minInSyncReplicas: 1 };
  const sections = {
    log: { kafka: { bootstrapServers: cluster.bootstrap, topic, allowUnsafeTopic: true } },
    checkpoints: { directory: join(directory.path, 'checkpoints') },
    // Nobody is there: minutes wait in the state.
    analytics: { clickHouse: { urls: [`http://127.0.0.1:${await findFreePort()}`] }, storeRaw: false },
    placement: { static: { shards: [{ name: 'shard-0', address: `127.0.0.1:${computePort}` }] } },
    logLevel: 'info',
  };
  await writeFile(config, JSON.stringify(sections));
  const start = (role: string, ...flags: string[]) => startServiceProcess(role, ['--config', config, ...flags]);
  await using ingest = start('ingest', '--port', String(ingestPort));
  await using compute = start('compute', '--name', 'shard-0', '--port', String(computePort));
  await using query = start('query');
  const [atIngest, , atQuery] = await Promise.all([ingest.ready, compute.ready, query.ready]);
  await using client = createIsothermClient({
    ingestUrl: atIngest.address,
    apiUrl: `http://${atQuery.address}`,
    producerId: 'benchmark',
  });
  const beganMs = performance.now();
  const observations = await sendSeconds(client, plan);
  const ackedMs = performance.now() - beganMs;
  let counts = await observationsOf(client, cityIds);
  while (counts.reduce((sum, count) => sum + count, 0) < observations) {
    await sleep(20);
    counts = await observationsOf(client, cityIds);
  }
  const appliedMs = performance.now() - beganMs;
  return {
    observations,
    ackedPerSecond: (observations / ackedMs) * 1000,
    appliedPerSecond: (observations / appliedMs) * 1000,
    transportPerSecond,
    citiesWrong: counts.filter((count) => count !== options.seconds).length,
  };
}

/** How often each city was observed; 0 for one that is not known yet. */
async function observationsOf(client: IsothermClient, cityIds: readonly string[]): Promise<readonly number[]> {
  const counts = new Map<string, number>();
  for (let from = 0; from < cityIds.length; from += CITIES_PER_READ) {
    const { conditions } = await client.current(cityIds.slice(from, from + CITIES_PER_READ), { timeoutMs: 60_000 });
    for (const { city, observations } of conditions) counts.set(city.cityId, observations);
  }
  return cityIds.map((cityId) => counts.get(cityId) ?? 0);
}
