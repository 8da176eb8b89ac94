import { randomBytes } from 'node:crypto';
import { type IsothermClientOptions, resolveClientOptions } from './client-options.ts';
import { systemClientRuntime } from './client-runtime.ts';
import type { BatchResult } from './ingest/batch-result.ts';
import { createIngestChannel } from './ingest/ingest-channel.ts';
import type { Observation } from './ingest/observation.ts';
import { createObservationStream, type ObservationStream, type StreamOptions } from './ingest/observation-stream.ts';
import { MAX_IN_FLIGHT } from './ingest/send-window.ts';
import { createUnarySender, type SendOptions } from './ingest/unary-sender.ts';
import { createApi } from './read/api-transport.ts';
import type { CallOptions } from './read/call-options.ts';
import { type CityDirectory, createCityDirectory } from './read/city-directory.ts';
import { type CurrentAnswer, type CurrentOptions, readCurrent } from './read/current.ts';
import { createDeadLetters, type DeadLetters } from './read/dead-letter-calls.ts';
import { type Forecast, type ForecastOptions, readForecast } from './read/forecast.ts';
import { type HistoryOptions, type HistoryPage, readHistory } from './read/history.ts';
import { type LiveValue, type WatchOptions, watchLive } from './read/live.ts';
import { type Ranking, type RankingOptions, readRanking } from './read/ranking.ts';
import { type PlatformStats, type PlatformStatus, readStatus, watchStats } from './read/status.ts';

/** Sends observations over gRPC and reads results over Connect. Every failure is an `IsothermClientError`. */
export interface IsothermClient extends AsyncDisposable {
  /** The name its batches carry. */
  readonly producerId: string;
  /**
   * Sends observations and resolves when they are durably kept. Retries under the same sequence: counted once. Rows past
   * ingest's limits of a message (4 MiB, 100,000 rows) go in several batches, one after the other: where one fails, the
   * error's `metadata.rows_kept` says how many rows before it are kept. Bad rows are no error: see `rejections`.
   */
  send(observations: readonly Observation[], options?: SendOptions): Promise<BatchResult>;
  /** Opens a stream for volume, with a session of its own. */
  openStream(options?: StreamOptions): ObservationStream;
  /** Current values of one city or many, by id or name, at most 1,000. One alone that is unknown is NOT_FOUND. */
  current(cities: string | readonly string[], options?: CurrentOptions): Promise<CurrentAnswer>;
  /** The forecast of a city by id or name. */
  forecast(city: string, options?: ForecastOptions): Promise<Forecast>;
  /** A city's past, a page at a time. */
  history(city: string, options?: HistoryOptions): AsyncGenerator<HistoryPage, void>;
  /** Cities in order of a metric. */
  rank(options?: RankingOptions): Promise<Ranking>;
  /** Values as they change. */
  watch(options?: WatchOptions): AsyncGenerator<readonly LiveValue[], void>;
  /** Cities by name or place. */
  readonly cities: CityDirectory;
  /** What was rejected, late or in conflict. */
  readonly deadLetters: DeadLetters;
  /** Partitions, producers, stats. */
  status(options?: CallOptions): Promise<PlatformStatus>;
  /** Stats once a second. */
  watchStats(options?: { readonly signal?: AbortSignal }): AsyncGenerator<PlatformStats, void>;
  /** Closes streams that are open, flushing them, then the connection. Idempotent. */
  close(): Promise<void>;
}

/** Creates a client. Nothing is connected before the first call. @throws IsothermClientError for an option that is wrong. */
export function createIsothermClient(options: IsothermClientOptions = {}): IsothermClient {
  const resolved = resolveClientOptions(options);
  const channel = createIngestChannel(resolved);
  const api = createApi(resolved);
  const sender = createUnarySender(channel, { ...resolved, session: newSession() });
  const streams = new Set<ObservationStream>();
  let closing: Promise<void> | undefined;

  const client: IsothermClient = {
    producerId: resolved.producerId,
    send: (observations, send) => sender.send(observations, send),
    openStream(stream = {}) {
      const opened: ObservationStream = createObservationStream(channel, {
        producerId: stream.producerId ?? resolved.producerId,
        session: stream.session ?? newSession(),
        returnTokens: stream.returnTokens ?? false,
        maxInFlight: stream.maxInFlight ?? MAX_IN_FLIGHT,
        signal: stream.signal,
        retry: { ...resolved.retry, ...stream.retry },
        runtime: systemClientRuntime,
        onOver: () => queueMicrotask(() => streams.delete(opened)),
      });
      streams.add(opened);
      return opened;
    },
    current: (cities, read = {}) => readCurrent(api, typeof cities === 'string' ? [cities] : cities, read),
    forecast: (city, read = {}) => readForecast(api, city, read),
    history: (city, read = {}) => readHistory(api, city, read),
    rank: (read = {}) => readRanking(api, read),
    watch: (read = {}) => watchLive(api, read),
    cities: createCityDirectory(api),
    deadLetters: createDeadLetters(api),
    status: (read = {}) => readStatus(api, read),
    watchStats: (read = {}) => watchStats(api, read),
    close() {
      closing ??= Promise.allSettled([...streams].map((stream) => stream.close())).then(() => channel.close());
      return closing;
    },
    async [Symbol.asyncDispose]() {
      await client.close();
    },
  };
  return client;
}

/** Milliseconds and 20 random bits: later runs get greater numbers, simultaneous ones different numbers. */
function newSession(): bigint {
  return (BigInt(Date.now()) << 20n) | BigInt(randomBytes(3).readUIntBE(0, 3) & 0xf_ffff);
}
