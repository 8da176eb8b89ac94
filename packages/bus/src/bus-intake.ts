import { setTimeout as sleep } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import { type Observation, ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';
import { IsothermError, type Logger } from '@isotherm/service-kit';
import { Consumer, type Message } from '@platformatic/kafka';
import { type BusKafka, clientOptions } from './kafka-connection.ts';
import {
  createObservationDecoder,
  type ObservationDecoder,
  type ObservationFormat,
  UnreadableRecord,
} from './observation-decoder.ts';
import { OffsetTracker } from './offset-tracker.ts';
import { createSchemaRegistry } from './schema-registry.ts';

/** A record of a topic as a batch. The same record is always the same batch: it counts once, however often it is read. */
export interface BusBatch {
  /** Topic and partition. */
  readonly producerId: string;
  /** Of the topic's id: a topic that was made again is another run. */
  readonly session: bigint;
  /** Offset + 1: sequences begin at 1. */
  readonly sequence: number;
  readonly observations: readonly Observation[];
}

/** What an intake needs. */
export interface BusIntakeDeps {
  /** Resolves when the batch is kept. @throws IsothermError where nothing or part of it is: it comes again */
  readonly take: (batch: BusBatch) => Promise<void>;
  readonly logger: Logger;
}

/** Options of {@link startBusIntake}. */
export interface BusIntakeOptions {
  readonly kafka: BusKafka;
  /** Consumer group: its members share the partitions, and its offsets say where to go on. */
  readonly groupId: string;
  /** Base URL; empty for none, where no topic holds Avro. */
  readonly schemaRegistryUrl: string;
  readonly topics: readonly { readonly name: string; readonly format: ObservationFormat }[];
}

/** Reads observations from topics until it is closed. */
export interface BusIntake {
  /** Waits for what is under way, commits, and leaves the group. Idempotent. */
  close(): Promise<void>;
}

/** Records of a partition under way at once: a producer may be so far ahead of its oldest batch that is not acked. */
const MAX_UNDER_WAY = 32;
/** What stands for an observation that cannot be read: it is refused, and so a dead letter. */
const NOTHING = create(ObservationSchema);
const COMMIT_EVERY_MS = 500;
const RETRY_MS = 1000;
const SESSION_MS = 10_000;

/** Starts it. Brokers that are away are waited for. */
export function startBusIntake(deps: BusIntakeDeps, options: BusIntakeOptions): BusIntake {
  const { logger, take } = deps;
  const closing = new AbortController();
  const registry = options.schemaRegistryUrl === '' ? undefined : createSchemaRegistry(options.schemaRegistryUrl);
  const decoders = new Map(
    options.topics.map(({ name, format }) => [name, createObservationDecoder(format, registry)]),
  );
  const running = run();

  async function run(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted; ) {
      try {
        await consume(() => {
          if (failures > 0) logger.info({ failures }, 'Topics of observations are read again');
          failures = 0;
        });
      } catch (error) {
        if (closing.signal.aborted) return;
        failures += 1;
        const advice = 'It is tried again; nothing is lost while the topics keep their records.';
        if (failures === 1) logger.warn({ err: error, advice }, 'Topics of observations cannot be read');
      }
      await pause();
    }
  }

  /** Until the consumer fails or the intake closes. */
  async function consume(reading: () => void): Promise<void> {
    const consumer = new Consumer({
      ...(await clientOptions(options.kafka)),
      groupId: options.groupId,
      sessionTimeout: SESSION_MS,
      heartbeatInterval: SESSION_MS / 5,
    });
    const partitions = new Map<string, OffsetTracker>();
    const committed = new Map<string, bigint>();
    const underWay = new Set<Promise<void>>();
    const timer = setInterval(() => void commit().catch(noteCommit), COMMIT_EVERY_MS);

    async function commit(): Promise<void> {
      const offsets = (consumer.assignments ?? []).flatMap(({ topic, partitions: assigned }) =>
        assigned.flatMap((partition) => {
          const key = `${topic}/${partition}`;
          const offset = partitions.get(key)?.position;
          if (offset === undefined || offset === committed.get(key)) return [];
          return [{ topic, partition, offset, leaderEpoch: -1 }];
        }),
      );
      if (offsets.length === 0) return;
      await consumer.commit({ offsets });
      for (const { topic, partition, offset } of offsets) committed.set(`${topic}/${partition}`, offset);
    }

    try {
      const topics = options.topics.map(({ name }) => name);
      const metadata = await consumer.metadata({ topics });
      const sessions = new Map([...metadata.topics].map(([name, { id }]) => [name, sessionOf(id)]));
      const stream = await consumer.consume({
        topics,
        autocommit: false,
        mode: 'committed',
        fallbackMode: 'earliest',
        maxWaitTime: 500,
      });
      const stop = () => stream.destroy();
      closing.signal.addEventListener('abort', stop, { once: true });
      reading();
      for await (const message of stream) {
        const { topic, partition, offset } = message;
        const key = `${topic}/${partition}`;
        let tracker = partitions.get(key);
        if (tracker === undefined) {
          tracker = new OffsetTracker();
          partitions.set(key, tracker);
        }
        await tracker.room(MAX_UNDER_WAY);
        tracker.begin(offset);
        const kept = tracker;
        const taking = takeUntilKept(message, sessions.get(topic) ?? 0n).then((isKept) => {
          if (isKept) kept.done(offset);
          underWay.delete(taking);
        });
        underWay.add(taking);
      }
      closing.signal.removeEventListener('abort', stop);
    } finally {
      clearInterval(timer);
      if (closing.signal.aborted) {
        await Promise.all(underWay);
        await commit().catch(noteCommit);
      }
      await consumer.close(true).catch(() => undefined);
    }
  }

  /** @returns false where the intake closes before */
  async function takeUntilKept(message: Message, session: bigint): Promise<boolean> {
    const { topic, partition, offset } = message;
    const identity = { producerId: producerOf(topic, partition), session, sequence: Number(offset) + 1 };
    let refused = false;
    for (let attempt = 0; !closing.signal.aborted; attempt++) {
      try {
        const observations = refused ? [NOTHING] : await observationsOf(message, decoders.get(topic)!);
        if (observations.length > 0) await take({ ...identity, observations });
        return true;
      } catch (error) {
        if (!(error instanceof IsothermError) || error.code === 'INVALID_ARGUMENT') {
          // Sent again it would be refused again: what can be said of it is kept as a dead letter.
          logger.error({ err: error, topic, partition, offset: String(offset) }, 'A record of a topic cannot be taken');
          if (refused) return true;
          refused = true;
        } else if (attempt === 0) {
          logger.warn({ err: error, topic, partition, offset: String(offset) }, 'A record of a topic is not kept yet');
        }
        await pause();
      }
    }
    return false;
  }

  async function observationsOf(message: Message, decode: ObservationDecoder): Promise<readonly Observation[]> {
    // A record without a value marks its key as deleted: there is nothing to take.
    if ((message.value as Buffer | null | undefined) == null) return [];
    try {
      return await decode(message.value);
    } catch (error) {
      if (!(error instanceof UnreadableRecord)) throw error;
      const { topic, partition, offset } = message;
      logger.warn(
        { topic, partition, offset: String(offset), reason: error.message },
        'A record of a topic holds no observation that can be read; it is a dead letter without a city',
      );
      return [NOTHING];
    }
  }

  function noteCommit(error: unknown): void {
    // What is not committed is read again, and counts once.
    logger.debug({ err: error }, 'Offsets of topics could not be committed');
  }

  function pause(): Promise<unknown> {
    return sleep(RETRY_MS, undefined, { signal: closing.signal }).catch(() => undefined);
  }

  return {
    async close() {
      closing.abort();
      await running;
    },
  };
}

const MAX_PRODUCER_BYTES = 64;

/** As dead letters name it. A topic whose name is too long is told by its end. */
function producerOf(topic: string, partition: number): string {
  const suffix = `/${partition}`;
  return `${topic.slice(-(MAX_PRODUCER_BYTES - suffix.length))}${suffix}`;
}

function sessionOf(topicId: string): bigint {
  return BigInt(`0x${topicId.replaceAll('-', '').slice(0, 16)}`);
}
