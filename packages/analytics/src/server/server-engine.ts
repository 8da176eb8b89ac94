import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import type { ClickHouseEngine } from '../clickhouse-engine.ts';
import { INSERT_SHAPES, insertStatement } from '../schema/inserts.ts';
import type { AnalyticsCluster, TablePlace } from '../schema/table-place.ts';
import { createServerPool, type ServerOptions } from './server-pool.ts';

/** ClickHouse servers at the ends of URLs. */
export function createServerEngine(place: TablePlace, options: ServerOptions): ClickHouseEngine {
  const { database, cluster } = place;
  const pool = createServerPool(options, settingsFor(cluster));
  const command = (query: string) => (client: ClickHouseClient) => client.command({ query });
  // Where servers have no Keeper, none tells the others of a change.
  const run = async (statement: string) =>
    void (await (cluster?.replicated === false ? pool.each(command(statement)) : pool.write(command(statement))));
  return {
    database,
    ...(cluster && { cluster }),
    exclusive: false,
    read: (statement, { parameters, signal } = {}) =>
      pool.read(async (client) => {
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
    insertNative(table, pieces) {
      const source = `input('${INSERT_SHAPES[table].structure}')`;
      const statement = insertStatement(database, table, source, ' FORMAT Native');
      return pool.write((client) => send(client, statement, pieces));
    },
    close: () => pool.close(),
  };
}

/** In a cluster an insert returns once the shards have its rows, and most replicas; subqueries see the rows of all shards. */
function settingsFor(cluster: AnalyticsCluster | undefined): ClickHouseSettings {
  if (cluster === undefined) return {};
  return {
    distributed_foreground_insert: 1,
    distributed_product_mode: 'global',
    ...(cluster.replicated && { insert_quorum: 'auto' }),
  };
}

async function send(client: ClickHouseClient, query: string, pieces: readonly Uint8Array[]): Promise<void> {
  const { stream } = await client.exec({ query, values: Readable.from(pieces, { objectMode: false }) });
  stream.resume();
  await finished(stream);
}
