import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@clickhouse/client';
import { expect, it } from 'vitest';
import { claimPort, startClickHouseServer } from '../clickhouse-server/start-clickhouse-server.ts';
import { describeAnalyticsStore, minuteRows, optimizeTables } from '../conformance/index.ts';
import { openClickHouseAnalytics } from './open-clickhouse-analytics.ts';

const CLUSTER = process.env['ISOTHERM_TEST_CLICKHOUSE_CLUSTER'];
const URL = process.env['ISOTHERM_TEST_CLICKHOUSE_URL'];
const credentials = { username: 'isotherm', password: 'a secret' };

/** Two servers, each a shard. */
async function startTwo() {
  const root = await mkdtemp(join(tmpdir(), 'isotherm-cluster-'));
  const ports = [await claimPort('127.0.0.1', 0), await claimPort('127.0.0.1', 0)];
  const cluster = { name: 'two', nodes: ports.map((nativePort) => ({ host: '127.0.0.1', nativePort })) };
  const start = (nativePort: number, index: number) =>
    startClickHouseServer({ directory: join(root, String(index)), httpPort: 0, nativePort, credentials, cluster });
  const servers = await Promise.all(ports.map(start));
  const stop = async () => {
    await Promise.all(servers.map((server) => server.close()));
    await rm(root, { recursive: true, force: true });
  };
  return { servers, urls: [servers[0]!.url, servers[1]!.url] as const, stop };
}

describeAnalyticsStore('two ClickHouse servers with Distributed tables', async () => {
  const { urls, stop } = await startTwo();
  const clients = urls.map((url) => createClient({ url, ...credentials }));
  const store = openClickHouseAnalytics({ urls, ...credentials, cluster: { name: 'two', replicated: false } });
  const everywhere = (query: string) => Promise.all(clients.map((client) => client.command({ query })));
  return {
    store,
    rollUp: async () => undefined,
    optimize: () => optimizeTables(everywhere, { table: (name) => `isotherm.${name}_local` }),
    async dispose() {
      await store.close();
      await Promise.all(clients.map((client) => client.close()));
      await stop();
    },
  };
});

it('Cities are spread over both servers, and every server answers for both; a read goes on when one address is gone', async () => {
  const { urls, stop } = await startTwo();
  const options = { ...credentials, cluster: { name: 'two', replicated: false } };
  await using store = disposable(openClickHouseAnalytics({ urls, ...options }));
  await store.migrate();
  const minute = Date.UTC(2026, 6, 1) / 60_000;
  const cities = Array.from({ length: 40 }, (_, index) => `city-${index}`);
  await store.writeMinuteRows({ incarnation: '00000190a0b0c0d0' }, [
    minuteRows(
      1,
      cities.map((cityId) => ({ cityId, minute })),
    ),
  ]);
  const held = await Promise.all(
    urls.map(async (url) => {
      const client = createClient({ url, ...credentials });
      const count = async (table: string) => {
        const query = `SELECT toUInt32(count()) FROM isotherm.${table}`;
        const answer = await client.query({ query, format: 'JSONCompactEachRow' });
        return (await answer.json<[number]>())[0]?.[0] ?? 0;
      };
      const counts = { here: await count('city_minutes_local'), all: await count('city_minutes') };
      await client.close();
      return counts;
    }),
  );
  expect(held.map(({ all }) => all)).toEqual([40, 40]);
  expect(Math.min(...held.map(({ here }) => here))).toBeGreaterThan(5);
  expect(held.reduce((sum, { here }) => sum + here, 0)).toBe(40);

  const NOBODY = 'http://127.0.0.1:9';
  await using other = disposable(
    openClickHouseAnalytics({ ...options, urls: [NOBODY, urls[1]], readUrls: [NOBODY, ...urls] }),
  );
  for (let read = 0; read < 4; read++) expect(await other.totals()).toMatchObject({ minuteRows: 40 });
  await stop();
  await expect(other.totals()).rejects.toMatchObject({ id: 'ANALYTICS_UNREACHABLE', code: 'UNAVAILABLE' });
});

// Needs Keeper and servers that replicate: where the variables name some, as the workflow on GitHub does.
if (URL !== undefined && CLUSTER !== undefined) {
  const database = `isotherm_replicated_${process.pid}`;
  describeAnalyticsStore('a cluster with replicated tables', async () => {
    const client = createClient({ url: URL });
    const command = (query: string) =>
      client.command({ query: query.replace(/ FINAL$/, ` ON CLUSTER '${CLUSTER}' FINAL`) });
    const store = openClickHouseAnalytics({ urls: [URL], database, cluster: { name: CLUSTER, replicated: true } });
    return {
      store,
      rollUp: async () => undefined,
      optimize: () => optimizeTables(command, { table: (name) => `${database}.${name}_local` }),
      async dispose() {
        await store.close();
        await client.command({ query: `DROP DATABASE IF EXISTS ${database} ON CLUSTER '${CLUSTER}' SYNC` });
        await client.close();
      },
    };
  });
}

function disposable<Store extends { close(): Promise<void> }>(store: Store): Store & AsyncDisposable {
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() });
}
