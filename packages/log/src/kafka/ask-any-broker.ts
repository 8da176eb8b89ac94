import { IsothermError } from '@isotherm/service-kit';
import { AuthenticationError, type Connection, ResponseError } from '@platformatic/kafka';
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

/** Whether a broker said so. A connection that ends in the middle of it is an authentication error of the client's, too. */
function isUnauthenticated(error: unknown): boolean {
  let authenticating = false;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    authenticating ||= cause instanceof AuthenticationError;
    if (cause instanceof ResponseError) return authenticating;
  }
  return false;
}
