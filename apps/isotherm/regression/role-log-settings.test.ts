import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLmdbLog } from '@isotherm/log';
import { decodeResultSettings } from '@isotherm/records';
import { createLifecycle, createLogger, givenModule, startServiceGroup } from '@isotherm/service-kit';
import { parseConfig } from '@isotherm/service-kit/config';
import { afterAll, expect, it } from 'vitest';
import { type Modules, roleModules } from '../src/modules.ts';

const directory = mkdtempSync(join(tmpdir(), 'isotherm-role-log-'));
afterAll(() => rmSync(directory, { recursive: true }));

// Ingest as a process of its own made the log without settings, so compute ended with "0 bytes of settings are no JSON".
it('The log that ingest makes holds its settings before anybody can see it', async () => {
  const logger = createLogger({ service: 'ingest', level: 'silent' });
  const context = {
    role: 'ingest',
    name: 'ingest-0',
    config: parseConfig(JSON.stringify({ partitions: 8, log: { embedded: { directory } } }), 'It').config,
    settings: { formula: 'ROTHFUSZ', allowedLatenessMs: 600_000 },
    host: '127.0.0.1',
    port: 0,
    metricsPort: 0,
    logger,
    lifecycle: createLifecycle('ingest', logger),
    failed: (error: unknown) => expect.fail(String(error)),
    stopping: new AbortController().signal,
  } as const;
  const health = givenModule<Modules, 'health'>({ address: '', set: () => undefined });
  // The log alone: ingest, which might add to it, is not started.
  const group = await startServiceGroup<Modules>({ ...roleModules(context), health }, ['logWriter'], { logger });
  await using reader = await openLmdbLog({ path: directory, partitionCount: 8, mode: 'reader' });
  expect(decodeResultSettings(reader.settings)).toMatchObject({
    formula: 'ROTHFUSZ',
    outOfOrdernessMs: 5000,
    allowedLatenessMs: 600_000,
  });
  await group.close();
});
