import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openChdbAnalytics } from './open-chdb-analytics.ts';

it('an engine that was left with an empty definition of its lock opens again, and refuses an empty one of a table in a sentence', {
  timeout: 120_000,
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'isotherm-'));
  const options = { path: join(directory, 'engine'), scratchDirectory: join(directory, 'scratch') };
  const first = await openChdbAnalytics(options);
  await first.migrate();
  await first.close();
  const definitions = readdirSync(options.path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.sql'))
    .map((name) => join(options.path, name))
    .filter((path) => statSync(path).isFile());
  const table = definitions.find((path) => path.endsWith('dead_letters.sql')) ?? '';
  expect(definitions).toContain(table);
  const lock = join(table, '..', 'schema_lock.sql');
  writeFileSync(lock, '');
  const again = await openChdbAnalytics(options);
  expect(existsSync(lock)).toBe(false);
  await again.migrate();
  await again.close();
  // Another table may have had rows.
  truncateSync(table, 0);
  await expect(openChdbAnalytics(options)).rejects.toMatchObject({
    id: 'ANALYTICS_METADATA_DAMAGED',
    message: expect.stringContaining('dead_letters.sql'),
  });
  rmSync(directory, { recursive: true });
});
