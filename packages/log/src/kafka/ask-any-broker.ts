import { IsothermError } from '@isotherm/service-kit';
import { AuthenticationError, type Connection, NetworkError } from '@platformatic/kafka';
import type { BrokerAddress, BrokerConnections } from './broker-connections.ts';
import { logUnauthenticated, logUnavailable } from './kafka-errors.ts';

/** A question that every broker can answer. */
export interface Question<Answer> {
  /** In this order, until one answers. */
  readonly brokers: readonly Pick<BrokerAddress, 'host' | 'port'>[];
  readonly ask: (connection: Connection) => Promise<Answer>;
  /** What is so if none answers: `No broker says who leads the partitions`. */
  readonly otherwise: string;
}

/** Asks one broker after another. @throws LOG_UNAUTHENTICATED, LOG_UNAVAILABLE */
export async function askAnyBroker<Answer>(
  connections: BrokerConnections,
  { brokers, ask, otherwise }: Question<Answer>,
): Promise<Answer> {
  let cause: unknown;
  for (const broker of brokers) {
    try {
      return await ask(await connections.to(broker));
    } catch (error) {
      if (error instanceof IsothermError) throw error;
      cause = error;
    }
  }
  throw isUnauthenticated(cause) ? logUnauthenticated(cause) : logUnavailable(otherwise, cause);
}

function isUnauthenticated(error: unknown): boolean {
  return error instanceof AuthenticationError || (error instanceof NetworkError && isUnauthenticated(error.cause));
}
