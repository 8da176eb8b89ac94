import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClickHouseServer, startClickHouseServer } from './start-clickhouse-server.ts';

const credentials = { username: 'reader', password: 'correct <horse> & "battery"' };
const anyPorts = { httpPort: 0, nativePort: 0 };
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'isotherm-clickhouse-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('A ClickHouse server of its own', () => {
  let server: ClickHouseServer;
  beforeAll(async () => {
    server = await startClickHouseServer({ ...anyPorts, directory: join(root, 'one'), credentials });
  });
  afterAll(() => server.close());

  const ask = (query: string, init: RequestInit = {}) =>
    fetch(`${server.url}/?${new URLSearchParams({ query })}`, {
      headers: { 'X-ClickHouse-User': credentials.username, 'X-ClickHouse-Key': credentials.password },
      ...init,
    });

  it('lets nobody read or change anything without credentials, and keeps no password', async () => {
    expect(await (await fetch(`${server.url}/ping`)).text()).toBe('Ok.\n');
    const anonymous = (query: string) => fetch(`${server.url}/`, { method: 'POST', body: query });
    await ask('CREATE TABLE default.secret (n UInt32) ENGINE = MergeTree ORDER BY n', { method: 'POST' });
    for (const query of [
      'SELECT n FROM default.secret',
      'DROP TABLE default.secret',
      'CREATE DATABASE x',
      'SYSTEM SHUTDOWN',
    ]) {
      expect(await (await anonymous(query)).text()).toMatch(/ACCESS_DENIED|Not enough privileges/);
    }
    const wrong = await ask('SELECT 1', { headers: { 'X-ClickHouse-User': 'reader', 'X-ClickHouse-Key': 'wrong' } });
    expect(wrong.headers.get('X-ClickHouse-Exception-Code')).toBe('516');
    expect(await readFile(join(root, 'one/users.xml'), 'utf8')).not.toContain('horse');
  });

  it('shows nobody the files of its machine', async () => {
    expect(await (await ask("SELECT * FROM file('/etc/passwd', 'LineAsString')")).text()).toMatch(/READ ON FILE/);
  });

  it('takes packed bodies, and keeps apart a missing value and its text', async () => {
    await ask('CREATE TABLE default.sent (n UInt32) ENGINE = MergeTree ORDER BY n', { method: 'POST' });
    const headers = {
      'X-ClickHouse-User': credentials.username,
      'X-ClickHouse-Key': credentials.password,
      'Content-Encoding': 'gzip',
    };
    const body = gzipSync('{"n":1}\n{"n":2}\n');
    expect((await ask('INSERT INTO default.sent FORMAT JSONEachRow', { method: 'POST', headers, body })).status).toBe(
      200,
    );
    const client = createClient({ url: server.url, ...credentials });
    const rows = await client.query({
      query: 'SELECT sum(n), {missing:Nullable(String)} IS NULL FROM default.sent',
      format: 'JSONCompactEachRow',
      query_params: { missing: null },
    });
    expect(await rows.json()).toEqual([[3, 1]]);
    await client.close();
  });
});

it('A server keeps what it acked over its end, in order or by force', async () => {
  const directory = join(root, 'kept');
  const post = (url: string, body: string) => fetch(url, { method: 'POST', body });
  await using first = await startClickHouseServer({ ...anyPorts, directory });
  await post(first.url, 'CREATE TABLE default.kept (n UInt8) ENGINE = MergeTree ORDER BY n');
  await post(first.url, 'INSERT INTO default.kept VALUES (7)');
  await first.close();
  expect(await first.ended).toBeUndefined();

  await using second = await startClickHouseServer({ ...anyPorts, directory });
  expect(await (await post(second.url, 'SELECT n FROM default.kept')).text()).toBe('7\n');
  process.kill(second.pid, 'SIGKILL');
  expect(await second.ended).toMatchObject({ id: 'ANALYTICS_SERVER_FAILED' });
  await using third = await startClickHouseServer({ ...anyPorts, directory });
  expect(await (await post(third.url, 'SELECT n FROM default.kept')).text()).toBe('7\n');
});

describe('A server refuses in a sentence', () => {
  it('to be open to everybody, and names that cannot be', async () => {
    const start = (options: object) => startClickHouseServer({ ...anyPorts, directory: join(root, 'not'), ...options });
    await expect(start({ host: '0.0.0.0' })).rejects.toThrow(/Without credentials ClickHouse lets everybody/);
    for (const username of ['default', 'a b', '<x>', '']) {
      await expect(start({ credentials: { username, password: 'x' } })).rejects.toThrow(/cannot be the user name/);
    }
  });

  it('a port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    for (const ports of [{ httpPort: port }, { nativePort: port }]) {
      await expect(
        startClickHouseServer({ ...anyPorts, ...ports, directory: join(root, 'not') }),
      ).rejects.toMatchObject({ id: 'PORT_IN_USE', message: expect.stringContaining(String(port)) });
    }
    taken.close();
  });

  it('a directory that another server has', async () => {
    const directory = join(root, 'shared');
    await using _first = await startClickHouseServer({ ...anyPorts, directory });
    await expect(startClickHouseServer({ ...anyPorts, directory })).rejects.toThrow(/ClickHouse server ended: .*lock/i);
  });
});
