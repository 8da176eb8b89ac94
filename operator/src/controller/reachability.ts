import { connect } from 'node:net';
import type { Runtime } from '@isotherm/runtime';
import type { ForecastCluster } from '../api/index.ts';

/** A server outside that pods need. */
export interface OutsideServer {
  /** Field that names it. */
  readonly field: string;
  readonly host: string;
  readonly port: number;
}

/** What could not be reached. */
export interface Unreachable {
  readonly reason: 'KafkaUnreachable' | 'StoreUnreachable' | 'ClickHouseUnreachable';
  /** Field, host and error in a sentence. */
  readonly message: string;
}

/** Looks whether servers that pods need can be reached from here. */
export interface Reachability {
  /** The first section of which no server answers; undefined: every section has one. Asks at most every 15 s. */
  check(cluster: ForecastCluster): Promise<Unreachable | undefined>;
  forget(key: string): void;
}

const KEEP_MS = 15_000;
const CONNECT_MS = 2_000;

/** Servers by section. A name that only pods can resolve is reported too: the sentence says who looked. */
export function outsideServers({ spec }: ForecastCluster): readonly {
  readonly reason: Unreachable['reason'];
  readonly servers: readonly OutsideServer[];
}[] {
  const { clickHouse } = spec.analytics;
  const urls = clickHouse === undefined ? [] : clickHouse.url === '' ? clickHouse.urls : [clickHouse.url];
  const clickHouseField = `spec.analytics.clickHouse.${clickHouse?.url === '' ? 'urls' : 'url'}`;
  const { endpoint } = spec.checkpoints.s3;
  return [
    {
      reason: 'KafkaUnreachable',
      servers: spec.log.kafka.bootstrapServers.map((server) => ({
        field: 'spec.log.kafka.bootstrapServers',
        ...hostPort(server),
      })),
    },
    {
      reason: 'StoreUnreachable',
      servers: endpoint === '' ? [] : [{ field: 'spec.checkpoints.s3.endpoint', ...ofUrl(endpoint) }],
    },
    { reason: 'ClickHouseUnreachable', servers: urls.map((url) => ({ field: clickHouseField, ...ofUrl(url) })) },
  ];
}

/** Creates a check. */
export function createReachability(runtime: Runtime): Reachability {
  const kept = new Map<
    string,
    { readonly atMs: number; readonly generation: number; readonly result: Unreachable | undefined }
  >();

  async function look(cluster: ForecastCluster): Promise<Unreachable | undefined> {
    for (const { reason, servers } of outsideServers(cluster)) {
      const faults = await Promise.all(servers.map(tryToConnect));
      if (faults.length === 0 || faults.includes(undefined)) continue;
      const hosts = servers.map(({ host, port }, index) => `${host}:${port} (${faults[index]})`).join(', ');
      return {
        reason,
        message: `${servers[0]!.field}: no connection from the operator to ${hosts}; correct the address or start the server.`,
      };
    }
    return undefined;
  }

  return {
    async check(cluster) {
      const { uid, generation } = cluster.metadata;
      const known = kept.get(uid);
      if (known?.generation === generation && runtime.monotonicMs() - known.atMs < KEEP_MS) return known.result;
      const result = await look(cluster);
      kept.set(uid, { atMs: runtime.monotonicMs(), generation, result });
      return result;
    },
    forget: (uid) => void kept.delete(uid),
  };
}

/** @returns why not; undefined: it can be reached. */
function tryToConnect({ host, port }: OutsideServer): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_MS });
    const end = (why: string | undefined) => {
      socket.destroy();
      resolve(why);
    };
    socket.on('connect', () => end(undefined));
    socket.on('timeout', () => end('no answer'));
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}

function hostPort(server: string): { readonly host: string; readonly port: number } {
  const colon = server.lastIndexOf(':');
  return { host: server.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(server.slice(colon + 1)) };
}

function ofUrl(text: string): { readonly host: string; readonly port: number } {
  const { hostname, port, protocol } = new URL(text);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80) };
}
