import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { ClickHouseEngine } from '../clickhouse-engine.ts';
import { toAnalyticsError } from '../clickhouse-error.ts';
import { INSERT_SHAPES, insertStatement } from '../schema/inserts.ts';

/** Where a ClickHouse server is. */
export interface ServerOptions {
  /** As in http://127.0.0.1:8123 */
  readonly url: string;
  /** Default: ClickHouse's own, `default` without a password. */
  readonly username?: string;
  readonly password?: string;
  /** Longest silence of the server during one call. Default 60,000. */
  readonly requestTimeoutMs?: number;
}

/** A ClickHouse server or cluster at the end of a URL. */
export function createServerEngine(database: string, options: ServerOptions): ClickHouseEngine {
  const client = createClient({
    url: options.url,
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    request_timeout: options.requestTimeoutMs ?? 60_000,
    // It would write to the console; what fails is thrown as well.
    log: { level: ClickHouseLogLevel.OFF },
  });
  const run = (statement: string) => attempt(async () => void (await client.command({ query: statement })));
  return {
    database,
    exclusive: false,
    read: (statement, { parameters, signal } = {}) =>
      attempt(async () => {
        const result = await client.query({
          query: statement,
          format: 'JSONCompactEachRow',
          ...(parameters === undefined ? {} : { query_params: { ...parameters } }),
          ...(signal === undefined ? {} : { abort_signal: signal }),
        });
        return result.json<readonly unknown[]>();
      }),
    run,
    maintain: run,
    insertNative: (table, pieces) =>
      attempt(async () => {
        const source = `input('${INSERT_SHAPES[table].structure}')`;
        await send(client, insertStatement(database, table, source, ' FORMAT Native'), pieces);
      }),
    close: () => client.close(),
  };
}

async function send(client: ClickHouseClient, query: string, pieces: readonly Uint8Array[]): Promise<void> {
  const { stream } = await client.exec({ query, values: Readable.from(pieces, { objectMode: false }) });
  stream.resume();
  await finished(stream);
}

async function attempt<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toAnalyticsError(error);
  }
}
