import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@clickhouse/client';
import { startClickHouseServer } from '../clickhouse-server/start-clickhouse-server.ts';
import { describeAnalyticsStore, optimizeTables } from '../conformance/index.ts';
import { openClickHouseAnalytics } from './open-clickhouse-analytics.ts';

/** The server that is given (`ISOTHERM_TEST_CLICKHOUSE_URL`), or one that is started. */
async function serverOfTests() {
  const url = process.env['ISOTHERM_TEST_CLICKHOUSE_URL'];
  if (url !== undefined) return { url, stop: async () => undefined };
  const root = await mkdtemp(join(tmpdir(), 'isotherm-server-'));
  const server = await startClickHouseServer({ directory: root, httpPort: 0, nativePort: 0 });
  const stop = async () => {
    await server.close();
    await rm(root, { recursive: true, force: true });
  };
  return { url: server.url, stop };
}

describeAnalyticsStore('a ClickHouse server', async () => {
  const { url, stop } = await serverOfTests();
  const database = `isotherm_test_${process.pid}`;
  const client = createClient({ url });
  const store = openClickHouseAnalytics({ urls: [url], database });
  return {
    store,
    rollUp: async () => undefined,
    optimize: () => optimizeTables((query) => client.command({ query }), { table: (name) => `${database}.${name}` }),
    dispose: async () => {
      await store.close();
      await client.command({ query: `DROP DATABASE IF EXISTS ${database}` });
      await client.close();
      await stop();
    },
  };
});
