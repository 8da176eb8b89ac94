import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openChdbEngine } from './chdb-engine.ts';

// What the ClickHouse engine really does, where the simulated store claims that it does. Promises of ours are tested elsewhere.

let root: string;
let engine: Awaited<ReturnType<typeof openChdbEngine>>;

const open = () =>
  openChdbEngine({ path: join(root, 'db'), scratchDirectory: join(root, 'scratch'), database: 'isotherm' });
const rowsOf = async (statement: string) => (await engine.read(statement)).map((row) => row.map(Number));

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'isotherm-observed-'));
});
afterAll(async () => {
  await engine?.close();
  await rm(root, { recursive: true, force: true });
});

// First: a directory is one process's at a time, and this file's engine takes it afterwards.
it('The engine after kill -9 has every insert that had returned, and of the one under way nothing or everything', {
  timeout: 120_000,
}, async () => {
  const rows = 50;
  const program = join(import.meta.dirname, 'testing', 'write-until-killed.ts');
  const child = spawn(process.execPath, [program, root, String(rows)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => {
    said += bytes.toString();
    if (said.includes('begun 4\n')) child.kill('SIGKILL');
  });
  await once(child, 'close');
  const batches = (word: string) =>
    [...said.matchAll(new RegExp(`^${word} (\\d+)$`, 'gm'))].map((match) => Number(match[1]));
  const [begun, written] = [batches('begun'), batches('written')];
  engine = await open();
  const found = await engine.read(
    'SELECT city_id, count() FROM isotherm.city_minutes GROUP BY city_id ORDER BY city_id',
  );
  const counts = new Map(found.map(([city, count]) => [Number(String(city).split(' ')[1]), Number(count)]));
  expect(written.filter((batch) => counts.get(batch) !== rows)).toEqual([]);
  expect([...counts].filter(([batch, count]) => !begun.includes(batch) || count !== rows)).toEqual([]);
  expect(counts.size - written.length).toBeLessThanOrEqual(1);
});

describe('A ReplacingMergeTree', () => {
  const table = async (name: string) => {
    await engine.run(
      `CREATE TABLE isotherm.${name} (k UInt32, x UInt32, v UInt64) ENGINE = ReplacingMergeTree(v) ORDER BY k`,
    );
    // Merges come when they come: here they come when they are asked for.
    await engine.run(`SYSTEM STOP MERGES isotherm.${name}`);
    return `isotherm.${name}`;
  };
  const insert = (name: string, ...rows: readonly string[]) =>
    engine.run(`INSERT INTO ${name} VALUES ${rows.join(',')}`);

  it('shows both versions of a row before a merge, and with FINAL the one with the greater version', async () => {
    const name = await table('versions');
    await insert(name, '(1, 10, 5)');
    await insert(name, '(1, 20, 6)');
    expect(await rowsOf(`SELECT x FROM ${name} ORDER BY x`)).toEqual([[10], [20]]);
    expect(await rowsOf(`SELECT x FROM ${name} FINAL`)).toEqual([[20]]);
    await engine.run(`SYSTEM START MERGES ${name}`);
    await engine.run(`OPTIMIZE TABLE ${name} FINAL`);
    expect(await rowsOf(`SELECT x FROM ${name}`)).toEqual([[20]]);
  });

  it('shows the same rows with FINAL in whatever order they were inserted, also where they are inserted twice', async () => {
    const rows = ['(1, 10, 5)', '(1, 20, 6)', '(2, 7, 1)', '(1, 30, 4)'];
    const orders = [rows, rows.toReversed(), [rows[1]!, rows[0]!, rows[3]!, rows[2]!, rows[1]!, rows[0]!]];
    for (const [i, order] of orders.entries()) {
      const name = await table(`orders_${i}`);
      for (const row of order) await insert(name, row);
      expect(await rowsOf(`SELECT k, x FROM ${name} FINAL ORDER BY k`)).toEqual([
        [1, 20],
        [2, 7],
      ]);
    }
  });

  it('shows the row that came last of those with the same version, so that equal versions must be equal rows', async () => {
    const name = await table('ties');
    await insert(name, '(1, 10, 5)');
    await insert(name, '(1, 20, 5)');
    expect(await rowsOf(`SELECT x FROM ${name} FINAL`)).toEqual([[20]]);
  });

  it('keeps the first blocks of an insert that fails in a later one, and all of it when it is repeated', async () => {
    const name = await table('blocks');
    const rows = (limit: number, fault: string) =>
      `INSERT INTO ${name} SELECT number AS k, ${fault} AS x, 1 AS v FROM numbers(${limit})
       SETTINGS max_block_size = 1000, max_insert_block_size = 1000, min_insert_block_size_rows = 1000, min_insert_block_size_bytes = 0, max_threads = 1, max_insert_threads = 1`;
    await expect(engine.run(rows(5000, 'throwIf(number = 3500) + 1'))).rejects.toThrow();
    const [[kept = 0] = []] = await rowsOf(`SELECT count() FROM ${name} FINAL`);
    expect(kept % 1000).toBe(0);
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(5000);
    await engine.run(rows(5000, '1'));
    expect(await rowsOf(`SELECT count(), sum(x) FROM ${name} FINAL`)).toEqual([[5000, 5000]]);
  });
});

it('An insert goes on when its caller no longer waits for it', async () => {
  await engine.run('CREATE TABLE isotherm.left (k UInt32) ENGINE = MergeTree ORDER BY k');
  const insert = engine.run('INSERT INTO isotherm.left SELECT number + sleepEachRow(0.001) FROM numbers(200)');
  // What a caller that timed out does: it takes the insert for failed. Nothing tells the engine.
  const outcome = await Promise.race([insert.then(() => 'returned'), Promise.resolve('given up')]);
  expect(outcome).toBe('given up');
  await insert;
  expect(await rowsOf('SELECT count() FROM isotherm.left')).toEqual([[200]]);
});
