import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { spawnWorker } from '@isotherm/service-kit';
import type { AnalyticsStore } from '../analytics-store.ts';
import { loadChdb } from '../chdb/load-chdb.ts';
import type { ChdbAnalyticsOptions } from '../chdb/open-chdb-analytics.ts';
import type { AnalyticsThreadCalls } from './backend-calls.ts';
import { connectAnalytics } from './connect-analytics.ts';

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

/** A statement under way may take so long to end. */
const END_LIMIT_MS = 600_000;

/**
 * Starts the ClickHouse engine on a thread of its own, so that neither its JavaScript nor its files keep the caller's
 * event loop. Call it on the main thread. Resolves when the data directory is open; tables are made by `migrate()`.
 *
 * @throws IsothermError ANALYTICS_ENGINE_UNAVAILABLE, ANALYTICS_DIRECTORY_IN_USE, ANALYTICS_OPEN_FAILED
 */
export async function startAnalyticsThread(options: ChdbAnalyticsOptions): Promise<AnalyticsThread> {
  await loadChdb();
  const worker = spawnWorker<AnalyticsThreadCalls>(new URL('./analytics-thread.ts', import.meta.url), {
    name: 'analytics',
    workerData: options,
    // It ends of itself, with this error.
    failed: () => undefined,
  });
  try {
    await worker.start();
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  const port = (): MessagePort => {
    const { port1, port2 } = new MessageChannel();
    // A thread that has ended closes the port by what became of the other end.
    worker.call('attach', port1, { transfer: [port1] }).catch(() => port2.close());
    return port2;
  };
  const store = connectAnalytics(port());

  async function stop(how: 'close' | 'abandon'): Promise<void> {
    const over = worker.call(how, undefined, { timeoutMs: END_LIMIT_MS });
    try {
      await Promise.race([over, worker.ended]);
    } finally {
      over.catch(() => undefined);
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
  return { ...store, port, kill, ended: worker.ended, close, [Symbol.asyncDispose]: close };
}
