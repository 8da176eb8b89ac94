import { connectionOptionsOf, type KafkaSecurity } from '@isotherm/log/kafka';
import type { BaseOptions } from '@platformatic/kafka';

/** Where the brokers of the bus are, and how they are recognised. */
export interface BusKafka extends KafkaSecurity {
  /** `host:port` of brokers that are asked first for the others. */
  readonly bootstrapServers: readonly string[];
}

const TIMEOUTS = { connectTimeoutMs: 3000, requestTimeoutMs: 10_000 };

/** Options of a client of the bus, with what the files of its credentials say now. */
export async function clientOptions(kafka: BusKafka): Promise<BaseOptions> {
  return {
    clientId: 'isotherm-bus',
    bootstrapBrokers: [...kafka.bootstrapServers],
    retries: 1,
    ...(await connectionOptionsOf(kafka, TIMEOUTS)),
  };
}
