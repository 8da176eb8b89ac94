import { setTimeout as sleep } from 'node:timers/promises';
import { createIsothermClient, type IsothermClientOptions, type SentBatch, type TlsOptions } from '@isotherm/client';
import { createBatchBuffer, ROWS_PER_BATCH } from './batch-buffer.ts';
import type { FeedProgress } from './feed-progress.ts';
import { createDemoWeather } from './weather/demo-weather.ts';
import type { Deviations } from './weather/deviations.ts';

/** A city of the feed. */
export interface FeedCity {
  readonly cityId: string;
  readonly latitude: number;
  readonly longitude: number;
}

/** Options of the demo feed. */
export interface FeedOptions {
  /** Ingest, host:port or URL. */
  readonly target: string;
  readonly cities: readonly FeedCity[];
  /** Real series that the weather is made of. */
  readonly series: readonly Deviations[];
  /** Readings a second over all cities once it is live. Default one a second from each city. */
  readonly ratePerSecond?: number;
  /** Default 1. */
  readonly seed?: number;
  /** How much of the past is sent first, one reading a minute from each city. Default 25 hours. */
  readonly historyHours?: number;
  /** The newest time already sent: only what lies after it is sent again. Default none. */
  readonly resumeFromMs?: number;
  /** Bearer token, or who is asked for one. Default none. */
  readonly token?: IsothermClientOptions['token'];
  /** Certificates for a target over https. Default the system's authorities, none of its own. */
  readonly tls?: TlsOptions;
  /** Default the system's clock. */
  readonly clock?: () => number;
}

/** A running feed. */
export interface Feed extends AsyncDisposable {
  progress(): FeedProgress;
  /** Resolves when it was stopped, rejects when it cannot go on. */
  readonly ended: Promise<void>;
  /** Stops sending, waits for the acks of what was sent. Idempotent. */
  stop(): Promise<void>;
}

const MINUTE_MS = 60_000;
/** How long a stop waits for acks. */
const STOP_LIMIT_MS = 2000;
/** How often live readings are handed over. */
const LIVE_BEAT_MS = 200;
/** Live readings that are older than this when their turn comes are left out: a sensor does not catch up. */
const LIVE_PATIENCE_MS = 5000;

/**
 * Starts the demo feed: an ordinary producer named `demo-feed` on the public port. First the past, minute by minute over
 * all cities, as fast as acks come; then live, spread evenly over each second. It never runs further ahead than the
 * platform answers.
 */
export function startFeed(options: FeedOptions): Feed {
  const { cities, clock = Date.now, historyHours = 25 } = options;
  const ratePerSecond = options.ratePerSecond ?? cities.length;
  const weather = createDemoWeather({ cities, series: options.series, seed: options.seed ?? 1 });
  const client = createIsothermClient({
    ingestUrl: options.target,
    producerId: 'demo-feed',
    ...(options.token !== undefined && { token: options.token }),
    ...(options.tls !== undefined && { tls: options.tls }),
  });
  const stopping = new AbortController();
  const giveUp = new AbortController();
  const stream = client.openStream({ signal: giveUp.signal });
  const buffer = createBatchBuffer(
    weather,
    Uint32Array.from(cities, ({ cityId }) => stream.cityIndex(cityId)),
  );
  const tally = { replaying: true, positionMs: 0, shareDone: 0, sent: 0, acked: 0, rejected: 0 };

  async function send(): Promise<void> {
    if (buffer.rows === 0) return;
    count(await stream.write(buffer.columns()), tally);
  }

  async function replay(fromMs: number): Promise<void> {
    for (let minuteMs = fromMs; minuteMs <= clock() && !stopping.signal.aborted; minuteMs += MINUTE_MS) {
      tally.positionMs = minuteMs;
      for (let city = 0; city < cities.length && !stopping.signal.aborted; city += ROWS_PER_BATCH) {
        buffer.restart(minuteMs);
        const end = Math.min(cities.length, city + ROWS_PER_BATCH);
        for (let index = city; index < end; index += 1) buffer.add(index, minuteMs);
        await send();
      }
      tally.shareDone = Math.min(1, (minuteMs - fromMs + MINUTE_MS) / Math.max(MINUTE_MS, clock() - fromMs));
    }
  }

  async function live(): Promise<void> {
    const startMs = clock();
    let next = 0;
    while (!stopping.signal.aborted) {
      const nowMs = clock();
      const due = Math.floor(((nowMs - startMs) / 1000) * ratePerSecond);
      next = Math.max(next, due - Math.ceil((LIVE_PATIENCE_MS / 1000) * ratePerSecond));
      while (next < due && !stopping.signal.aborted) {
        const baseMs = startMs + Math.floor((next / ratePerSecond) * 1000);
        buffer.restart(baseMs);
        for (; next < due && buffer.rows < ROWS_PER_BATCH; next += 1) {
          buffer.add(next % cities.length, startMs + Math.floor((next / ratePerSecond) * 1000));
        }
        await send();
      }
      tally.positionMs = nowMs;
      await sleep(LIVE_BEAT_MS, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  async function run(): Promise<void> {
    try {
      const nowMs = clock();
      const fromMs = Math.max(nowMs - historyHours * 3_600_000, (options.resumeFromMs ?? 0) + MINUTE_MS);
      await replay(Math.ceil(fromMs / MINUTE_MS) * MINUTE_MS);
      tally.replaying = false;
      tally.shareDone = 1;
      await live();
      await stream.close();
    } finally {
      await client.close();
    }
  }

  const ended = run();
  const feed: Feed = {
    progress: () => ({ ...tally }),
    ended,
    async stop() {
      stopping.abort();
      const limit = setTimeout(() => giveUp.abort(), STOP_LIMIT_MS);
      await ended.catch(() => {});
      clearTimeout(limit);
    },
    async [Symbol.asyncDispose]() {
      await feed.stop();
    },
  };
  ended.catch(() => {});
  return feed;
}

function count({ rows, result }: SentBatch, tally: { sent: number; acked: number; rejected: number }): void {
  tally.sent += rows;
  result.then(
    ({ accepted, rejected }) => {
      tally.acked += accepted;
      tally.rejected += rejected;
    },
    // The stream reports it on its next write or flush.
    () => {},
  );
}
