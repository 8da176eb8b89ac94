import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openChdbEngine } from '../chdb/chdb-engine.ts';
import { describeAnalyticsStore, optimizeTables } from '../conformance/index.ts';
import { connectAnalytics, connectBackend } from './connect-analytics.ts';
import { startAnalyticsThread } from './start-analytics-thread.ts';

describeAnalyticsStore('chDB on a thread of its own, through a port', async () => {
  const root = await mkdtemp(join(tmpdir(), 'isotherm-analytics-'));
  const path = join(root, 'db');
  // Rolled up all the time, so that every test meets a pass under way.
  const quarterRollup = { quietMs: 0, intervalMs: 10 };
  const thread = await startAnalyticsThread({ path, scratchDirectory: join(root, 'scratch'), quarterRollup });
  // Another connection to the same directory: the engine's registry of directories is one for the whole process.
  const engine = await openChdbEngine({ path, scratchDirectory: join(root, 'scratch-2'), database: 'isotherm' });
  const store = connectAnalytics(thread.port());
  const backend = connectBackend(thread.port());
  return {
    store,
    rollUp: () => backend.rollUp(0),
    optimize: () => optimizeTables((statement) => engine.run(statement)),
    dispose: async () => {
      await store.close();
      await backend.close();
      // First: after the end of the thread, closing an engine of this one was seen to hang.
      await engine.close();
      await thread.close();
      await rm(root, { recursive: true, force: true });
    },
  };
});
