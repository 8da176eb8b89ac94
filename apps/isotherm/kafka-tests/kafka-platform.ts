import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePort, findKafka, type KafkaCluster, startKafka } from '@isotherm/local-services';
import { afterAll, beforeAll } from 'vitest';
import { type ScratchDirectory, scratchDirectory } from '../e2e/testing/scratch-directory.ts';
import { startServiceProcess } from '../e2e/testing/service-process.ts';

/** A broker for the tests of a file. */
export function useBroker(): { current: KafkaCluster } {
  const held = {} as { current: KafkaCluster };
  beforeAll(async () => {
    const found = await findKafka((line) => process.stdout.write(`${line}\n`));
    if ('missing' in found) throw new Error(found.missing);
    held.current = await startKafka(found, { brokers: 1 });
  });
  afterAll(() => held.current?.close());
  return held;
}

/** A directory for the tests of a file. */
export function useScratch(): { current: ScratchDirectory } {
  const held = {} as { current: ScratchDirectory };
  beforeAll(async () => {
    held.current = await scratchDirectory();
  });
  afterAll(() => held.current?.[Symbol.asyncDispose]());
  return held;
}

/** Where a platform is prepared, under a name of its own. */
export interface PlatformPlace {
  readonly kafka: KafkaCluster;
  readonly scratch: ScratchDirectory;
  readonly name: string;
}

/** A platform of services over a topic of its own; sections of its configuration can be given. */
export async function preparePlatform(
  { kafka, scratch, name }: PlatformPlace,
  {
    allowUnsafeTopic = true,
    ...more
  }: { readonly allowUnsafeTopic?: boolean; readonly [section: string]: unknown } = {},
) {
  const directory = join(scratch.path, name);
  await mkdir(directory);
  const [ingestPort, computePort] = [await findFreePort(), await findFreePort()];
  const config = join(directory, 'isotherm.json');
  const topic = { name, replicationFactor: 1, minInSyncReplicas: 1 };
  const sections = {
    partitions: 8,
    log: { kafka: { bootstrapServers: kafka.bootstrap, topic, allowUnsafeTopic } },
    checkpoints: { directory: join(directory, 'checkpoints'), intervalSeconds: 1 },
    // Nobody is there: rows wait in the state, and current values are answered all the same.
    analytics: { clickHouse: { urls: [`http://127.0.0.1:${await findFreePort()}`] } },
    placement: { static: { shards: [{ name: 'shard-0', address: `127.0.0.1:${computePort}` }] } },
    ingests: [`127.0.0.1:${ingestPort}`],
    ...more,
  };
  await writeFile(config, JSON.stringify(sections));
  const start = (role: string, ...flags: string[]) => startServiceProcess(role, ['--config', config, ...flags]);
  return {
    ingest: () => start('ingest', '--port', String(ingestPort)),
    compute: () => start('compute', '--name', 'shard-0', '--port', String(computePort)),
    query: () => start('query'),
  };
}
