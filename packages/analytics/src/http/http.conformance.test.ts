import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeAnalyticsStore, optimizeTables } from '../conformance/index.ts';
import { openClickHouseAnalytics } from '../server/open-clickhouse-analytics.ts';
import { type ClickHouseHttp, serveClickHouseHttp } from './serve-clickhouse-http.ts';

async function serve(credentials?: { readonly username: string; readonly password: string }) {
  const root = await mkdtemp(join(tmpdir(), 'isotherm-http-'));
  const server = await serveClickHouseHttp({
    path: join(root, 'db'),
    scratchDirectory: join(root, 'scratch'),
    port: 0,
    ...(credentials === undefined ? {} : { credentials }),
  });
  const stop = async () => {
    await server.close();
    await rm(root, { recursive: true, force: true });
  };
  return { server, stop };
}

describeAnalyticsStore('a ClickHouse at the end of a URL', async () => {
  const given = process.env['ISOTHERM_TEST_CLICKHOUSE_URL'];
  const served = given === undefined ? await serve() : undefined;
  const url = given ?? (served as { server: ClickHouseHttp }).server.url;
  const database = `isotherm_test_${process.pid}`;
  const client = createClient({ url });
  const store = openClickHouseAnalytics({ url, database });
  return {
    store,
    rollUp: async () => undefined,
    optimize: () => optimizeTables((query) => client.command({ query }), database),
    dispose: async () => {
      await store.close();
      await client.command({ query: `DROP DATABASE IF EXISTS ${database}` });
      await client.close();
      await served?.stop();
    },
  };
});

describe('ClickHouse HTTP interface', () => {
  let served: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    served = await serve({ username: 'reader', password: 'correct horse' });
  });
  afterAll(() => served.stop());

  const ask = (query: string, init: RequestInit = {}) =>
    fetch(`${served.server.url}/?${new URLSearchParams({ query })}`, {
      headers: { 'X-ClickHouse-User': 'reader', 'X-ClickHouse-Key': 'correct horse' },
      ...init,
    });

  it('answers a ping without credentials and nothing else', async () => {
    expect(await (await fetch(`${served.server.url}/ping`)).text()).toBe('Ok.\n');
    const refused = await fetch(`${served.server.url}/?query=SELECT%201`);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('X-ClickHouse-Exception-Code')).toBe('516');
  });

  it('forgets a setting with the statement it came with', async () => {
    const limited = new URLSearchParams({
      query: "SELECT getSetting('max_block_size') FORMAT TSV",
      max_block_size: '17',
    });
    const headers = { 'X-ClickHouse-User': 'reader', 'X-ClickHouse-Key': 'correct horse' };
    expect(await (await fetch(`${served.server.url}/?${limited}`, { headers })).text()).toBe('17\n');
    for (let i = 0; i < 6; i++)
      expect(await (await ask("SELECT getSetting('max_block_size') FORMAT TSV")).text()).not.toBe('17\n');
  });

  it('keeps the engine’s number and type of an error', async () => {
    const response = await ask('SELECT * FROM nothing_of_that_name');
    expect(response.status).toBe(404);
    expect(await response.text()).toMatch(/^Code: 60\. DB::Exception: .*\(UNKNOWN_TABLE\)/s);
  });

  it('takes inserts with a body in any format', async () => {
    await ask('CREATE TABLE numbers_sent (n UInt32) ENGINE = Memory', { method: 'POST' });
    await ask('INSERT INTO numbers_sent FORMAT JSONEachRow', { method: 'POST', body: '{"n":1}\n{"n":2}\n' });
    await ask('INSERT INTO numbers_sent FORMAT RowBinary', {
      method: 'POST',
      body: Uint8Array.from([255, 0, 10, 200]),
    });
    const sum = await ask('SELECT sum(n) FROM numbers_sent FORMAT TSV');
    expect(await sum.text()).toBe(`${1 + 2 + 255 + 10 * 65_536 + 200 * 2 ** 24}\n`);
  });
});
