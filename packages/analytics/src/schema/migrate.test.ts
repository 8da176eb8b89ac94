import { describe, expect, it } from 'vitest';
import type { ClickHouseEngine } from '../clickhouse-engine.ts';
import { migrate } from './migrate.ts';

/** An engine that notes statements and answers reads by what they ask for. */
function fakeEngine(applied: readonly number[], failOn?: string) {
  const statements: string[] = [];
  const engine: ClickHouseEngine = {
    database: 'db',
    exclusive: true,
    async read(statement) {
      if (statement.includes('schema_migrations')) return applied.map((version) => [version]);
      return [[1]];
    },
    async run(statement) {
      statements.push(statement);
      if (failOn !== undefined && statement.includes(failOn)) throw new Error('failed');
    },
    maintain: async () => undefined,
    insertNative: async () => undefined,
    close: async () => undefined,
  };
  return { engine, statements };
}

const step = (version: number) => ({ version, name: `step ${version}`, statements: () => [`STEP ${version}`] });

describe('migrate', () => {
  it('applies what is missing, in order, and notes each step after it', async () => {
    const { engine, statements } = fakeEngine([1]);
    await migrate(engine, { rawRetentionSeconds: 60, migrations: [step(1), step(2), step(3)] });
    const steps = statements.filter((statement) => /^STEP|VALUES/.test(statement));
    expect(steps.map((statement) => statement.replace(/^INSERT.*VALUES /s, 'noted '))).toEqual([
      'STEP 2',
      "noted (2, 'step 2')",
      'STEP 3',
      "noted (3, 'step 3')",
    ]);
  });

  it('refuses a schema newer than it knows', async () => {
    const { engine } = fakeEngine([1, 2, 7]);
    await expect(migrate(engine, { rawRetentionSeconds: 60, migrations: [step(1), step(2)] })).rejects.toMatchObject({
      id: 'ANALYTICS_SCHEMA_NEWER',
      metadata: { found: '7', known: '2' },
    });
  });

  it('lets go of the lock when a step fails, and does not note the step', async () => {
    const { engine, statements } = fakeEngine([], 'STEP 1');
    await expect(migrate(engine, { rawRetentionSeconds: 60, migrations: [step(1)] })).rejects.toThrow('failed');
    expect(statements.at(-1)).toBe('DROP TABLE IF EXISTS db.schema_lock');
    expect(statements.some((statement) => statement.includes('VALUES'))).toBe(false);
  });
});
