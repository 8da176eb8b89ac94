import { readCredentials } from '@isotherm/service-kit';
import type { Config } from '@isotherm/service-kit/config';
import type { ClickHouseNode } from './server-files.ts';
import {
  type ClickHouseServer,
  type ClickHouseServerOptions,
  startClickHouseServer,
} from './start-clickhouse-server.ts';

/** The ClickHouse server of a configuration's `analyticsServer` section. */
export function startConfiguredServer(
  { directory, nativePort, credentialsDirectory, cluster }: NonNullable<Config['analyticsServer']>,
  { host, httpPort }: Required<Pick<ClickHouseServerOptions, 'host' | 'httpPort'>>,
): Promise<ClickHouseServer> {
  const credentials =
    credentialsDirectory === ''
      ? undefined
      : readCredentials(credentialsDirectory, 'analyticsServer.credentialsDirectory', ['username', 'password']);
  return startClickHouseServer({
    directory,
    host,
    httpPort,
    nativePort,
    credentials,
    cluster: cluster && { name: cluster.name, nodes: cluster.nodes.map(nodeAt) },
  });
}

function nodeAt(address: string): ClickHouseNode {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), nativePort: Number(address.slice(colon + 1)) };
}
