import { type MessagePort, workerData } from 'node:worker_threads';
import { serveWorker } from '@isotherm/service-kit';
import { type ChdbAnalyticsOptions, openChdbBackend } from '../chdb/open-chdb-analytics.ts';
import { toAnalyticsError } from '../clickhouse-error.ts';
import type { AnalyticsThreadCalls } from './backend-calls.ts';
import { serveBackend } from './serve-backend.ts';

// Entry of the engine's thread: opens the store, serves the ports it is sent, closes or abandons it on command.
serveWorker<AnalyticsThreadCalls>(async (host) => {
  const ports: MessagePort[] = [];
  const opening = openChdbBackend(workerData as ChdbAnalyticsOptions, {
    onDropped(error) {
      for (const port of ports) port.close();
      host.failed(error);
      void opening.then((opened) => opened.abandon()).finally(() => process.exit(1));
    },
  });
  const backend = await opening.catch((error: unknown) => Promise.reject(toAnalyticsError(error)));
  return {
    attach(port) {
      ports.push(port);
      serveBackend(backend, port);
      return undefined;
    },
    close: async () => void (await backend.close()) as undefined,
    async abandon() {
      for (const port of ports) port.close();
      await backend.abandon();
      return undefined;
    },
  };
});
