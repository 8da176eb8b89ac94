import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClickHouseBackend } from '../clickhouse-backend.ts';
import { describeAnalyticsStore, optimizeTables } from '../conformance/index.ts';
import { createEncodingStore } from '../encoding-store.ts';
import { openChdbEngine } from './chdb-engine.ts';

describeAnalyticsStore('chDB on this thread', async () => {
  const root = await mkdtemp(join(tmpdir(), 'isotherm-analytics-'));
  const engine = await openChdbEngine({
    path: join(root, 'db'),
    scratchDirectory: join(root, 'scratch'),
    database: 'isotherm',
  });
  const backend = createClickHouseBackend(engine, {});
  const store = createEncodingStore(backend);
  return {
    store,
    rollUp: () => backend.rollUp(0),
    optimize: () => optimizeTables((statement) => engine.run(statement)),
    dispose: async () => {
      await store.close();
      await rm(root, { recursive: true, force: true });
    },
  };
});
