import { parentPort, workerData } from 'node:worker_threads';
import type { TlsOptions } from '@isotherm/client';
import { loadFeedData } from './load-feed-data.ts';
import { startFeed } from './start-feed.ts';

/** What the thread is started with. */
export interface FeedThreadData {
  readonly target: string;
  readonly cities: number;
  readonly seed: number;
  readonly historyHours: number;
  readonly ratePerSecond?: number;
  readonly resumeFromMs?: number;
  readonly token?: string;
  readonly tls?: TlsOptions;
}

const PROGRESS_INTERVAL_MS = 250;

const port = parentPort;
if (port === null) throw new Error('feed-thread.ts runs as a worker thread only.');
const { cities, ...options } = workerData as FeedThreadData;
const feed = startFeed({ ...options, ...(await loadFeedData(cities)) });
const report = () => port.postMessage(feed.progress());
const timer = setInterval(report, PROGRESS_INTERVAL_MS);
port.on('message', () => void feed.stop());
try {
  await feed.ended;
  report();
} finally {
  clearInterval(timer);
  port.close();
}
