import { join } from 'node:path';
import { IsothermError } from '@isotherm/service-kit';
import { openChdbEngine } from '../chdb-engine.ts';

/**
 * Program of a test, run with a limit on the size of files: writes parts that stay within it, and then, by an insert or a
 * merge, one that does not. Says what became of each, and is killed.
 */
const [root = '', how = ''] = process.argv.slice(2);
const ROWS = 10_000;

const told: string[] = [];
const engine = await openChdbEngine({
  path: join(root, 'db'),
  scratchDirectory: join(root, 'scratch'),
  database: 'isotherm',
  onDropped: ({ id }) => told.push(id),
});
const outcomeOf = (statement: Promise<unknown>) =>
  statement.then(
    () => 'done',
    (error: unknown) => (error instanceof IsothermError ? error.id : String(error)),
  );
const insert = (first: number, rows: number) =>
  engine.run(`INSERT INTO isotherm.t SELECT ${first} + number, rand64() FROM numbers(${rows})`);

await engine.run('CREATE DATABASE IF NOT EXISTS isotherm');
await engine.run(`CREATE TABLE isotherm.t (k UInt64, x UInt64 CODEC(NONE)) ENGINE = ReplacingMergeTree ORDER BY k
  SETTINGS fsync_after_insert = 1, min_rows_to_fsync_after_merge = 1, old_parts_lifetime = 120`);
await engine.run('SYSTEM STOP MERGES isotherm.t');
for (let i = 0; i < 8; i++) await insert(i * ROWS, ROWS);
if (how === 'merge') await engine.run('SYSTEM START MERGES isotherm.t');
const large = how === 'merge' ? engine.maintain('OPTIMIZE TABLE isotherm.t FINAL') : insert(8 * ROWS, 8 * ROWS);
const said = {
  confirmed: 8 * ROWS,
  large: await outcomeOf(large),
  insertLater: await outcomeOf(insert(0, 1)),
  readLater: await outcomeOf(engine.read('SELECT count() FROM isotherm.t')),
  told,
};
process.stdout.write(`${JSON.stringify(said)}\n`);
process.kill(process.pid, 'SIGKILL');
