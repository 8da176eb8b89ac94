import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { TlsOptions } from '@isotherm/client';
import type { FeedProgress } from './feed-progress.ts';
import type { FeedThreadData } from './feed-thread.ts';

/** Options of the feed on its own thread. */
export interface FeedThreadOptions {
  /** Ingest, host:port. */
  readonly target: string;
  /** How many cities, the largest first. */
  readonly cities: number;
  readonly seed: number;
  /** How much of the past is sent first. */
  readonly historyHours: number;
  /** Readings a second over all cities. Default one a second from each city. */
  readonly ratePerSecond?: number;
  /** The newest time already stored: only what lies after it is sent. Default none. */
  readonly resumeFromMs?: number;
  /** Bearer token. Default none. */
  readonly token?: string;
  /** Certificates for a target over https. Default the system's authorities, none of its own. */
  readonly tls?: TlsOptions;
  /** It cannot go on. */
  readonly failed: (error: Error) => void;
}

/** The feed on its own thread. */
export interface FeedThread extends AsyncDisposable {
  /** Undefined until it sends. */
  progress(): FeedProgress | undefined;
  /** Stops it, waiting for acks at most two seconds. Idempotent. */
  stop(): Promise<void>;
}

const STOP_LIMIT_MS = 2000;

/** Starts the demo feed on a worker thread: its work never delays the platform's own. */
export function startFeedThread(options: FeedThreadOptions): FeedThread {
  const { failed, ...rest } = options;
  const data: FeedThreadData = rest;
  const worker = new Worker(new URL('./feed-thread.ts', import.meta.url), { name: 'feed', workerData: data });
  let latest: FeedProgress | undefined;
  let stopping: Promise<void> | undefined;
  let over = false;
  worker.on('message', (progress: FeedProgress) => {
    latest = progress;
  });
  worker.on('error', (error: Error) => {
    if (stopping === undefined) failed(error);
  });
  worker.on('exit', () => {
    over = true;
  });

  async function end(): Promise<void> {
    if (over) return;
    const exit = once(worker, 'exit').catch(() => {});
    worker.postMessage('stop');
    const limit = setTimeout(() => void worker.terminate(), STOP_LIMIT_MS);
    await exit;
    clearTimeout(limit);
  }

  const thread: FeedThread = {
    progress: () => latest,
    stop() {
      stopping ??= end();
      return stopping;
    },
    async [Symbol.asyncDispose]() {
      await thread.stop();
    },
  };
  return thread;
}
