import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDirectoryBlobs } from '@isotherm/checkpoint';
import {
  findKafka,
  type KafkaBroker,
  type KafkaCluster,
  type LocalKafkaOptions,
  startKafka,
} from '@isotherm/local-services';
import { Connection } from '@platformatic/kafka';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { Log } from '../src/index.ts';
import { readClusterObject } from '../src/kafka/cluster-object.ts';
import { type KafkaLogOptions, openKafkaLog } from '../src/kafka/open-kafka-log.ts';

/** A cluster for the tests of a file or block. */
export function useKafka(options: LocalKafkaOptions): { current: KafkaCluster } {
  const held = {} as { current: KafkaCluster };
  beforeAll(async () => {
    held.current = await startCluster(options);
  });
  afterAll(() => held.current?.close());
  return held;
}

/** Starts a cluster. */
export async function startCluster(options: LocalKafkaOptions): Promise<KafkaCluster> {
  const kafka = await findKafka((line) => process.stdout.write(`${line}\n`));
  if ('missing' in kafka) throw new Error(kafka.missing);
  return startKafka(kafka, options);
}

/** A connection to a broker, new for every test: for what is done to it from outside. */
export function useConnection(broker: () => KafkaBroker): { current: Connection } {
  const held = {} as { current: Connection };
  beforeEach(async () => {
    held.current = new Connection('outside');
    held.current.on('error', () => undefined);
    await held.current.connect(broker().host, broker().port);
  });
  afterEach(() => held.current.close());
  return held;
}

/** The topic of the log at a place. */
export async function topicOf(place: LogPlace): Promise<{ readonly name: string; readonly id: string }> {
  const cluster = await readClusterObject(await openDirectoryBlobs(place.storePath));
  if (cluster === undefined) throw new Error('There is no log at this place');
  return { name: cluster.topic, id: cluster.topicId };
}

/** Where the cluster object of a test's log is, and how the log is opened again. */
export interface LogPlace {
  readonly storePath: string;
  open(changes?: Partial<KafkaLogOptions>): Promise<Log>;
  remove(): Promise<void>;
}

/** A place for a new log on a cluster. */
export async function createLogPlace(
  kafka: KafkaCluster,
  options: Pick<KafkaLogOptions, 'partitionCount'> & Partial<KafkaLogOptions>,
): Promise<LogPlace> {
  const storePath = await mkdtemp(join(tmpdir(), 'isotherm-kafka-log-'));
  const copies = kafka.brokers.length;
  return {
    storePath,
    open: async (changes) =>
      openKafkaLog({
        bootstrapServers: kafka.bootstrap,
        store: await openDirectoryBlobs(storePath),
        topic: { name: 'observations', create: true, replicationFactor: copies, minInSyncReplicas: copies > 1 ? 2 : 1 },
        allowUnsafeTopic: copies < 3,
        ...options,
        ...changes,
      }),
    remove: () => rm(storePath, { recursive: true, force: true }),
  };
}
