import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type ChdbAnalyticsOptions, openChdbBackend } from '../chdb/open-chdb-analytics.ts';
import { toAnalyticsError } from '../clickhouse-error.ts';
import { type ControlMessage, type StatusMessage, toWire } from './messages.ts';
import { serveBackend } from './serve-backend.ts';

/** Entry of the engine's thread: opens the store, serves the ports it is sent, closes or abandons it on command. */
async function main(owner: MessagePort, options: ChdbAnalyticsOptions): Promise<void> {
  const tell = (message: StatusMessage) => owner.postMessage(message);
  try {
    const ports: MessagePort[] = [];
    const opening = openChdbBackend(options, {
      onDropped(error) {
        for (const port of ports) port.close();
        tell({ kind: 'failed', error: toWire(error) });
        void opening.then((opened) => opened.abandon()).finally(() => process.exit(1));
      },
    });
    const backend = await opening;
    owner.on('message', (message: ControlMessage) => {
      if (message.kind === 'port') {
        ports.push(message.port);
        serveBackend(backend, message.port);
        return;
      }
      if (message.kind === 'abandon') for (const port of ports) port.close();
      void (message.kind === 'abandon' ? backend.abandon() : backend.close()).then(
        () => tell({ kind: 'closed' }),
        (error: unknown) => tell({ kind: 'failed', error: toWire(toAnalyticsError(error)) }),
      );
    });
    tell({ kind: 'ready' });
  } catch (error) {
    tell({ kind: 'failed', error: toWire(toAnalyticsError(error)) });
  }
}

if (parentPort !== null) await main(parentPort as unknown as MessagePort, workerData as ChdbAnalyticsOptions);
