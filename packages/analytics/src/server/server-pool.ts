import { type ClickHouseClient, ClickHouseLogLevel, type ClickHouseSettings, createClient } from '@clickhouse/client';
import { toAnalyticsError } from '../clickhouse-error.ts';

/** Where ClickHouse servers are. */
export interface ServerOptions {
  /** Servers that take inserts, tried in this order. As in http://127.0.0.1:8123 */
  readonly urls: readonly [string, ...string[]];
  /** Servers that answer reads, in turn. Default those of `urls`. */
  readonly readUrls?: readonly string[];
  /** Default: ClickHouse's own, `default` without a password. */
  readonly username?: string;
  readonly password?: string;
  /** Authority of the servers' certificates, as PEM. Default those of the system. */
  readonly authority?: Buffer;
  /** Longest silence of a server during one call. Default 60,000. */
  readonly requestTimeoutMs?: number;
}

type Call<Result> = (client: ClickHouseClient) => Promise<Result>;

/** Several servers as one. A call to a server that is unavailable goes to the next one. */
export interface ServerPool {
  /** Calls the first server that is there. */
  write<Result>(call: Call<Result>): Promise<Result>;
  /** Calls the next server in turn. */
  read<Result>(call: Call<Result>): Promise<Result>;
  /** Calls every server that takes inserts, one after the other. */
  each(call: Call<unknown>): Promise<void>;
  close(): Promise<void>;
}

/** Creates the pool. `settings` are those of every statement. */
export function createServerPool(options: ServerOptions, settings: ClickHouseSettings): ServerPool {
  const clients = new Map<string, ClickHouseClient>();
  const clientOf = (url: string) => {
    const client = clients.get(url) ?? connect(url, options, settings);
    clients.set(url, client);
    return client;
  };
  const writers = options.urls.map(clientOf);
  const readers = options.readUrls?.length ? options.readUrls.map(clientOf) : writers;
  let turn = 0;
  return {
    write: (call) => firstAvailable(writers, call),
    read(call) {
      const from = turn++ % readers.length;
      return firstAvailable([...readers.slice(from), ...readers.slice(0, from)], call);
    },
    async each(call) {
      for (const client of writers) await attempt(client, call);
    },
    close: async () => void (await Promise.all([...clients.values()].map((client) => client.close()))),
  };
}

async function firstAvailable<Result>(clients: readonly ClickHouseClient[], call: Call<Result>): Promise<Result> {
  let unavailable: unknown;
  for (const client of clients) {
    try {
      return await attempt(client, call);
    } catch (error) {
      if (!UNAVAILABLE.has((error as { readonly id?: string }).id ?? '')) throw error;
      unavailable ??= error;
    }
  }
  throw unavailable;
}

/** Errors that are of one server: another one may answer. */
const UNAVAILABLE: ReadonlySet<string> = new Set(['ANALYTICS_UNREACHABLE', 'ANALYTICS_READ_ONLY']);

async function attempt<Result>(client: ClickHouseClient, call: Call<Result>): Promise<Result> {
  try {
    return await call(client);
  } catch (error) {
    throw toAnalyticsError(error);
  }
}

function connect(url: string, options: ServerOptions, settings: ClickHouseSettings): ClickHouseClient {
  const { username, password, authority, requestTimeoutMs = 60_000 } = options;
  return createClient({
    url,
    request_timeout: requestTimeoutMs,
    clickhouse_settings: settings,
    // It would write to the console; what fails is thrown as well.
    log: { level: ClickHouseLogLevel.OFF },
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(authority !== undefined && { tls: { ca_cert: authority } }),
  });
}
