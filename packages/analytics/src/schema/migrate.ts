import { IsothermError } from '@isotherm/service-kit';
import type { ClickHouseEngine } from '../clickhouse-engine.ts';
import { MIGRATIONS, type Migration, type MigrationContext } from './migrations.ts';
import { withSchemaLock } from './schema-lock.ts';
import { heldTable, onCluster, replacing } from './table-place.ts';
import { observationsTtl } from './tables.ts';

/** Options of {@link migrate}. */
export interface MigrateOptions {
  readonly rawRetentionSeconds: number;
  /** Default: those of this version of the store. */
  readonly migrations?: readonly Migration[];
}

/**
 * Brings the schema to this version, under a lock that works across processes.
 *
 * @throws IsothermError ANALYTICS_SCHEMA_NEWER if a newer version of the store has been here.
 */
export async function migrate(engine: ClickHouseEngine, options: MigrateOptions): Promise<void> {
  const { database } = engine;
  const migrations = options.migrations ?? MIGRATIONS;
  await engine.run(`CREATE DATABASE IF NOT EXISTS ${database}${onCluster(engine)}`);
  await withSchemaLock(engine, async () => {
    await engine.run(`CREATE TABLE IF NOT EXISTS ${database}.schema_migrations${onCluster(engine)}
      (version UInt32, name String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
      ENGINE = ${replacing(engine, 'schema_migrations')} ORDER BY version SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`);
    const rows = await engine.read(`SELECT DISTINCT version FROM ${database}.schema_migrations`);
    const applied = new Set(rows.map(([version]) => Number(version)));
    refuseNewer(applied, migrations);
    const { rawRetentionSeconds } = options;
    const context = { database, cluster: engine.cluster, rawRetentionSeconds };
    for (const migration of migrations) if (!applied.has(migration.version)) await apply(engine, migration, context);
    await keepRetention(engine, rawRetentionSeconds);
  });
}

async function apply(engine: ClickHouseEngine, migration: Migration, context: MigrationContext): Promise<void> {
  for (const statement of migration.statements(context)) await engine.run(statement);
  const values = `(${migration.version}, '${migration.name}')`;
  await engine.run(`INSERT INTO ${engine.database}.schema_migrations (version, name) VALUES ${values}`);
}

/** Retention is a setting, not a version: the table follows it. */
async function keepRetention(engine: ClickHouseEngine, seconds: number): Promise<void> {
  const rows = await engine.read(
    'SELECT position(create_table_query, {wanted:String}) FROM system.tables WHERE database = {database:String} AND name IN {tables:Array(String)} ORDER BY name DESC',
    {
      parameters: {
        wanted: `toIntervalSecond(${seconds})`,
        database: engine.database,
        // In a cluster the table that holds the rows comes first: the other one has no retention.
        tables: ['observations', 'observations_local'],
      },
    },
  );
  if (Number(rows[0]?.[0] ?? 0) > 0) return;
  await engine.run(
    `ALTER TABLE ${heldTable(engine, 'observations')} MODIFY ${observationsTtl(seconds)} SETTINGS materialize_ttl_after_modify = 0`,
  );
}

function refuseNewer(applied: ReadonlySet<number>, migrations: readonly Migration[]): void {
  const known = Math.max(...migrations.map((migration) => migration.version));
  const found = Math.max(0, ...applied);
  if (found <= known) return;
  throw new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'ANALYTICS_SCHEMA_NEWER',
    message: `The analytical store has schema version ${found}; this program knows ${known}.`,
    advice: 'Start the newer program, or choose another data directory.',
    metadata: { found: String(found), known: String(known) },
  });
}
