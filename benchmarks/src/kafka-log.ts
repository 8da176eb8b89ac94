import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBlobs } from '@isotherm/checkpoint';
import { findKafka, type KafkaCluster, startKafka } from '@isotherm/local-services';
import { allPartitions, type Log, openLog } from '@isotherm/log';

/** Options of {@link kafkaLog}. */
export interface KafkaLogOptions {
  readonly partitions: number;
  /** Bytes of a group; it has a record in each partition. */
  readonly groupBytes: number;
  readonly megabytes: number;
  /** Groups under way at once. */
  readonly underWay: number;
}

/** One way of writing or reading. */
export interface KafkaSpeed {
  readonly megabytesPerSecond: number;
  /** From call to acknowledgement. */
  readonly p50Ms?: number;
  readonly p99Ms?: number;
}

/** What was measured. */
export interface KafkaLogResult {
  /** Kafka's own producer, idempotent, records of the same size into as many partitions. */
  readonly producer: KafkaSpeed;
  readonly append: KafkaSpeed;
  /** Kafka's own consumer, of the log's topic. */
  readonly consumer: KafkaSpeed;
  readonly read: KafkaSpeed;
}

/** The log on Kafka beside Kafka's own performance tools, on one broker. @returns undefined where there is no Kafka, said why */
export async function kafkaLog(options: KafkaLogOptions): Promise<KafkaLogResult | undefined> {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const kafka = await findKafka(say);
  if ('missing' in kafka) {
    say(`skipped: ${kafka.missing}`);
    return undefined;
  }
  await using cluster = await startKafka(kafka, { brokers: 1, longRunning: true, heapMegabytes: 1024 });
  const directory = await mkdtemp(join(tmpdir(), 'isotherm-bench-kafka-'));
  const store = await openBlobs({ intervalSeconds: 10, directory });
  const topic = { name: 'log', create: true, replicationFactor: 1, minInSyncReplicas: 1 };
  const log = await openLog(
    { kafka: { bootstrapServers: [...cluster.bootstrap], topic, allowUnsafeTopic: true } },
    { partitionCount: options.partitions, mode: 'writer', settings: new Uint8Array(), store },
  );
  try {
    // Both once before anything counts: brokers and programs are compiled while they run.
    await perfProducer(cluster, { ...options, topic: 'warm-up', megabytes: options.megabytes / 4 });
    await appendAll(log, { ...options, megabytes: options.megabytes / 4 });
    const producer = await perfProducer(cluster, { ...options, topic: 'reference' });
    const append = await appendAll(log, options);
    const consumer = await perfConsumer(cluster, options);
    const read = await readAll(log);
    return { producer, append, consumer, read };
  } finally {
    await log.close();
    await store.close();
    await rm(directory, { recursive: true });
  }
}

const recordBytes = ({ groupBytes, partitions }: KafkaLogOptions) => Math.round(groupBytes / partitions);

async function appendAll(log: Log, options: KafkaLogOptions): Promise<KafkaSpeed> {
  const groups = Math.ceil((options.megabytes * 1e6) / options.groupBytes);
  const bytes = new Uint8Array(recordBytes(options)).map((_, i) => (i * 31) >> 3);
  const group = allPartitions(options.partitions).map((partition) => ({ partition, bytes }));
  const latencies: number[] = [];
  let started = 0;
  const beganMs = performance.now();
  const lane = async () => {
    while (started++ < groups) {
      const calledMs = performance.now();
      const outcomes = await log.append(group);
      if (outcomes.some(({ kind }) => kind !== 'kept')) throw new Error('A record was not kept');
      latencies.push(performance.now() - calledMs);
    }
  };
  await Promise.all(Array.from({ length: options.underWay }, lane));
  const seconds = (performance.now() - beganMs) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor((latencies.length - 1) * share)]!;
  return {
    megabytesPerSecond: (groups * options.groupBytes) / 1e6 / seconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  };
}

async function readAll(log: Log): Promise<KafkaSpeed> {
  const extents = await log.extents(allPartitions(log.partitionCount));
  await using reader = await log.openReader(new Map([...extents].map(([partition, { start }]) => [partition, start])));
  let left = [...extents.values()].reduce((sum, { start, end }) => sum + end - start, 0);
  let bytes = 0;
  const beganMs = performance.now();
  while (left > 0) {
    const { entries } = await reader.poll({ maxBytes: 4 << 20, waitMs: 1000 });
    left -= entries.length;
    for (const entry of entries) bytes += entry.bytes.length;
  }
  return { megabytesPerSecond: bytes / 1e3 / (performance.now() - beganMs) };
}

async function perfProducer(
  cluster: KafkaCluster,
  options: KafkaLogOptions & { readonly topic: string },
): Promise<KafkaSpeed> {
  const { topic, partitions, megabytes } = options;
  const size = recordBytes(options);
  const connect = ['--bootstrap-server', cluster.bootstrap.join(',')];
  const create = ['--create', '--topic', topic, '--partitions', String(partitions)];
  await cluster.runTool('org.apache.kafka.tools.TopicCommand', [...connect, ...create]);
  const settings = [`bootstrap.servers=${cluster.bootstrap.join(',')}`, 'acks=all', 'enable.idempotence=true'];
  const printed = await cluster.runTool('org.apache.kafka.tools.ProducerPerformance', [
    ...['--topic', topic, '--record-size', String(size), '--throughput', '-1'],
    ...['--num-records', String(Math.ceil((megabytes * 1e6) / size))],
    ...['--producer-props', ...settings, 'linger.ms=5', 'batch.size=1000000', 'buffer.memory=67108864'],
  ]);
  const last = printed.trim().split('\n').at(-1)!;
  const found = /\(([\d.]+) MB\/sec\).* (\d+) ms 50th,.* (\d+) ms 99th/.exec(last);
  if (found === null) throw new Error(`Kafka's producer printed ${last}`);
  // Its MB are 2^20 bytes.
  const megabytesPerSecond = (Number(found[1]) * (1 << 20)) / 1e6;
  return { megabytesPerSecond, p50Ms: Number(found[2]), p99Ms: Number(found[3]) };
}

async function perfConsumer(cluster: KafkaCluster, options: KafkaLogOptions): Promise<KafkaSpeed> {
  const connect = ['--bootstrap-server', cluster.bootstrap.join(',')];
  const topics = await cluster.runTool('org.apache.kafka.tools.TopicCommand', [...connect, '--list']);
  const topic = topics.split('\n').find((name) => name.startsWith('log-'))!;
  const records = Math.ceil((options.megabytes * 1e6) / options.groupBytes) * options.partitions;
  const printed = await cluster.runTool('org.apache.kafka.tools.ConsumerPerformance', [
    ...connect,
    ...['--topic', topic, '--messages', String(records), '--hide-header'],
  ]);
  // start, end, MB, MB/s, records, records/s, rebalance ms, fetch ms, fetch MB/s, fetch records/s
  const perSecond = Number(printed.trim().split('\n').at(-1)?.split(',')[8]);
  if (Number.isNaN(perSecond)) throw new Error(`Kafka's consumer printed ${printed}`);
  return { megabytesPerSecond: (perSecond * (1 << 20)) / 1e6 };
}
