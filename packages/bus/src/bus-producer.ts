import { IsothermError } from '@isotherm/service-kit';
import { compatibilityPartitioner, Producer } from '@platformatic/kafka';
import { type BusKafka, clientOptions } from './kafka-connection.ts';

/** A record to send; the key decides its partition as Kafka's own clients do. */
export interface BusRecord {
  readonly key: string;
  readonly value: Buffer;
}

/** Sends records until all in-sync replicas have them. */
export interface BusProducer {
  /** @throws BUS_UNAVAILABLE where not all of them are known to be kept: send them again */
  send(topic: string, records: readonly BusRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** Below the default of `max.message.bytes`, 1 MiB, even if one partition gets all of it. */
const BYTES_PER_SEND = 700_000;
/** Of a send: a producer of the library may wait for ever after a broker has died. */
const SEND_TIMEOUT_MS = 20_000;

/** A producer that connects when it is used. */
export function createBusProducer(kafka: BusKafka): BusProducer {
  let opened: Promise<Producer<string, Buffer, string, string>> | undefined;

  async function open(): Promise<Producer<string, Buffer, string, string>> {
    return new Producer<string, Buffer, string, string>({
      ...(await clientOptions(kafka)),
      retries: 0,
      serializers: { key: (key) => (key === undefined ? undefined : Buffer.from(key)), value: (value) => value },
    });
  }

  async function sendSome(topic: string, records: readonly BusRecord[]): Promise<void> {
    opened ??= open();
    const using = opened;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${SEND_TIMEOUT_MS} ms`)), SEND_TIMEOUT_MS);
    });
    try {
      const producer = await using;
      const messages = records.map(({ key, value }) => ({ topic, key, value }));
      await Promise.race([producer.send({ messages, acks: -1, partitioner: compatibilityPartitioner }), late]);
    } catch (cause) {
      // The next send has connections and metadata of its own.
      if (opened === using) opened = undefined;
      void using.then((producer) => producer.close(true)).catch(() => undefined);
      throw busUnavailable(topic, cause);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    async send(topic, records) {
      let from = 0;
      let bytes = 0;
      for (const [at, { key, value }] of records.entries()) {
        const size = key.length * 4 + value.length + 32;
        if (bytes + size > BYTES_PER_SEND && at > from) {
          await sendSome(topic, records.slice(from, at));
          from = at;
          bytes = 0;
        }
        bytes += size;
      }
      if (from < records.length) await sendSome(topic, records.slice(from));
    },
    async close() {
      const last = opened;
      opened = undefined;
      await last?.then((producer) => producer.close(true)).catch(() => undefined);
    },
  };
}

function busUnavailable(topic: string, cause: unknown): IsothermError {
  const reasons = cause instanceof AggregateError ? cause.errors.map(String).join('; ') : String(cause);
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: 'BUS_UNAVAILABLE',
    message: `Topic ${topic} did not take records (${reasons}).`,
    advice: 'They are sent again. Check that the topic exists and that the brokers of `bus` are up.',
    retryAfterMs: 1000,
    metadata: { setting: 'bus', topic },
    cause,
  });
}
