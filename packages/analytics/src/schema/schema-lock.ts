import { setTimeout as sleep } from 'node:timers/promises';
import { IsothermError } from '@isotherm/service-kit';
import type { ClickHouseEngine } from '../clickhouse-engine.ts';

/** A lock older than this belongs to a process that died. Migrations take seconds. */
const STALE_AFTER_SECONDS = 120;
const RETRY_EVERY_MS = 200;
const GIVE_UP_AFTER_MS = 180_000;

/**
 * Runs `work` while holding the database's schema lock. ClickHouse has no locks: creating a table that must not exist is
 * the one atomic step every version and engine has.
 */
export async function withSchemaLock(engine: ClickHouseEngine, work: () => Promise<void>): Promise<void> {
  const table = `${engine.database}.schema_lock`;
  if (engine.exclusive) await engine.run(`DROP TABLE IF EXISTS ${table}`);
  await acquire(engine, table);
  try {
    await work();
  } finally {
    await engine.run(`DROP TABLE IF EXISTS ${table}`);
  }
}

async function acquire(engine: ClickHouseEngine, table: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < GIVE_UP_AFTER_MS; waitedMs += RETRY_EVERY_MS) {
    try {
      await engine.run(`CREATE TABLE ${table} (holder UInt8) ENGINE = MergeTree ORDER BY holder`);
      return;
    } catch (error) {
      if (!(await exists(engine))) throw error;
    }
    await dropStale(engine, table);
    await sleep(RETRY_EVERY_MS);
  }
  throw new IsothermError({
    code: 'UNAVAILABLE',
    id: 'ANALYTICS_SCHEMA_LOCKED',
    message: 'Another process is changing the schema of the analytical store.',
    advice: `Wait for it; if there is none, drop the table ${table}.`,
    retryAfterMs: 5_000,
  });
}

async function exists(engine: ClickHouseEngine): Promise<boolean> {
  return (await lockAgeSeconds(engine)) !== undefined;
}

async function dropStale(engine: ClickHouseEngine, table: string): Promise<void> {
  const age = await lockAgeSeconds(engine);
  if (age !== undefined && age > STALE_AFTER_SECONDS) await engine.run(`DROP TABLE IF EXISTS ${table}`);
}

async function lockAgeSeconds(engine: ClickHouseEngine): Promise<number | undefined> {
  const rows = await engine.read(
    'SELECT toUnixTimestamp(now()) - toUnixTimestamp(metadata_modification_time) FROM system.tables WHERE database = {database:String} AND name = {table:String}',
    { parameters: { database: engine.database, table: 'schema_lock' } },
  );
  const age = rows[0]?.[0];
  return age === undefined ? undefined : Number(age);
}
