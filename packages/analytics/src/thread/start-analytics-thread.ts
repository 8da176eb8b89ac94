import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { AnalyticsStore } from '../analytics-store.ts';
import { loadChdb } from '../chdb/load-chdb.ts';
import type { ChdbAnalyticsOptions } from '../chdb/open-chdb-analytics.ts';
import { toAnalyticsError } from '../clickhouse-error.ts';
import { connectAnalytics } from './connect-analytics.ts';
import { type ControlMessage, fromWire, type StatusMessage } from './messages.ts';

/** The store on a thread of its own. Closing it finishes writes in flight, closes the engine and ends the thread. */
export interface AnalyticsThread extends AnalyticsStore {
  /** A new port to the store, to be transferred to another thread and given to {@link connectAnalytics} there. */
  port(): MessagePort;
  /**
   * Cuts every caller off at once, as a crash would: what they asked for fails, what waited is dropped. The thread ends
   * when the statement under way has ended, because the engine would take the process down with it.
   */
  kill(): Promise<void>;
  /** Resolves when the thread has ended, asked or not, with the error that ended it if there was one. */
  readonly ended: Promise<Error | undefined>;
}

/**
 * Starts the ClickHouse engine on a thread of its own, so that neither its JavaScript nor its files keep the caller's
 * event loop. Call it on the main thread. Resolves when the data directory is open; tables are made by `migrate()`.
 *
 * @throws IsothermError ANALYTICS_ENGINE_UNAVAILABLE, ANALYTICS_DIRECTORY_IN_USE, ANALYTICS_OPEN_FAILED
 */
export async function startAnalyticsThread(options: ChdbAnalyticsOptions): Promise<AnalyticsThread> {
  await loadChdb();
  const worker = new Worker(new URL('./analytics-thread.ts', import.meta.url), {
    workerData: options,
    name: 'analytics',
  });
  let lastError: Error | undefined;
  worker.on('error', (error) => {
    lastError = error instanceof Error ? error : new Error(String(error));
  });
  worker.on('message', (message: StatusMessage) => {
    if (message.kind === 'failed') lastError = fromWire(message.error);
  });
  const ended = new Promise<Error | undefined>((resolve) => worker.once('exit', () => resolve(lastError)));
  try {
    await status(worker, 'ready');
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  const control = (message: ControlMessage, transfer: MessagePort[] = []) => worker.postMessage(message, transfer);
  const port = (): MessagePort => {
    const { port1, port2 } = new MessageChannel();
    control({ kind: 'port', port: port1 }, [port1]);
    return port2;
  };
  const store = connectAnalytics(port());

  async function stop(how: 'close' | 'abandon'): Promise<void> {
    const closed = status(worker, 'closed');
    control({ kind: how });
    try {
      await Promise.race([closed, ended]);
    } finally {
      await worker.terminate();
      await store.close();
    }
  }

  let stopped: Promise<void> | undefined;
  const close = () => {
    stopped ??= stop('close');
    return stopped;
  };
  const kill = () => {
    stopped ??= stop('abandon');
    return stopped;
  };
  return { ...store, port, kill, ended, close, [Symbol.asyncDispose]: close };
}

/** Waits for one kind of status. Rejects when the thread fails or ends before. */
function status(worker: Worker, wanted: StatusMessage['kind']): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (action: () => void) => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      worker.off('exit', onExit);
      action();
    };
    const onMessage = (message: StatusMessage) => {
      if (message.kind === wanted) settle(resolve);
      else if (message.kind === 'failed') settle(() => reject(fromWire(message.error)));
    };
    const onError = (error: unknown) => settle(() => reject(toAnalyticsError(error)));
    const onExit = () => settle(() => reject(toAnalyticsError(new Error('The analytics thread ended early.'))));
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.on('exit', onExit);
  });
}
