import { Connection, type ConnectionOptions } from '@platformatic/kafka';

/** Where a broker listens. */
export interface BrokerAddress {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
}

/** Options of {@link createBrokerConnections}. */
export interface BrokerConnectionsOptions {
  /** As brokers name the client in their logs and quotas. */
  readonly clientId: string;
  /** Asked at each connection, so that renewed certificates and passwords are taken up. */
  readonly connectionOptions: () => Promise<ConnectionOptions>;
}

/** One connection a broker, opened when it is first asked for and again after it was lost. */
export interface BrokerConnections {
  to(address: Pick<BrokerAddress, 'host' | 'port'>): Promise<Connection>;
  close(): Promise<void>;
}

/** Creates a set of connections of its own: a broker answers the requests of one connection one after another. */
export function createBrokerConnections(options: BrokerConnectionsOptions): BrokerConnections {
  const open = new Map<string, Promise<Connection>>();
  let closed = false;

  async function connect(key: string, host: string, port: number): Promise<Connection> {
    const connection = new Connection(options.clientId, { maxInflights: 16, ...(await options.connectionOptions()) });
    const forget = () => open.delete(key);
    // Without a listener an error of a connection would end the process.
    connection.on('error', forget);
    connection.on('close', forget);
    await connection.connect(host, port);
    return connection;
  }

  return {
    to({ host, port }) {
      const key = `${host}:${port}`;
      const known = open.get(key);
      if (known !== undefined) return known;
      if (closed) return Promise.reject(new Error('The connections are closed'));
      const opening = connect(key, host, port);
      open.set(key, opening);
      opening.catch(() => open.delete(key));
      return opening;
    },
    async close() {
      closed = true;
      const connections = await Promise.allSettled(open.values());
      open.clear();
      for (const result of connections) if (result.status === 'fulfilled') await result.value.close();
    },
  };
}
