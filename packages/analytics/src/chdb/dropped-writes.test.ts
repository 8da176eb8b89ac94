import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../schema/migrate.ts';
import { REPLACED_PARTS_STAY } from '../schema/tables.ts';
import { openChdbEngine } from './chdb-engine.ts';
import { runWithinLimit } from './testing/run-within-limit.ts';

const PROGRAM = join(import.meta.dirname, 'testing', 'write-within-limit.ts');

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'isotherm-dropped-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

it('keeps for a while what a merge replaced, in every table of ours', async () => {
  const engine = await openChdbEngine({
    path: join(root, 'db'),
    scratchDirectory: join(root, 'scratch'),
    database: 'isotherm',
  });
  try {
    await migrate(engine, { rawRetentionSeconds: 3600 });
    const without = await engine.read(`SELECT name FROM system.tables WHERE database = 'isotherm'
      AND engine LIKE '%MergeTree' AND name != 'schema_migrations' AND position(create_table_query, '${REPLACED_PARTS_STAY}') = 0`);
    expect(without).toEqual([]);
  } finally {
    await engine.close();
  }
});

describe.each(['insert', 'merge'] as const)('An engine whose %s could not be written whole', (how) => {
  it('says so, takes no more, and has all it confirmed when it is opened anew', { timeout: 60_000 }, async () => {
    expect(await runWithinLimit(PROGRAM, [root, how])).toEqual({
      confirmed: 80_000,
      large: 'ANALYTICS_WRITE_DROPPED',
      insertLater: 'ANALYTICS_WRITE_DROPPED',
      readLater: 'ANALYTICS_WRITE_DROPPED',
      told: ['ANALYTICS_WRITE_DROPPED'],
    });
    const engine = await openChdbEngine({
      path: join(root, 'db'),
      scratchDirectory: join(root, 'scratch'),
      database: 'isotherm',
    });
    try {
      expect(await engine.read('SELECT count(), uniqExact(k) FROM isotherm.t')).toEqual([[80_000, 80_000]]);
      const [[setAside] = []] = await engine.read('SELECT count() FROM system.detached_parts');
      expect(Number(setAside)).toBeGreaterThan(0);
    } finally {
      await engine.close();
    }
  });
});
