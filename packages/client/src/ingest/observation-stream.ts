import { type IngestStreamResponse, IngestStreamResponseSchema } from '@isotherm/contracts/ingest/v1/ingest_service';
import type { ClientRuntime } from '../client-runtime.ts';
import { IsothermClientError } from '../errors/client-error.ts';
import { errorFromStatus } from '../errors/from-status.ts';
import { type RetryPolicy, retryDelayMs } from '../errors/retry-policy.ts';
import { type BatchResult, batchResult } from './batch-result.ts';
import { columnsOfRows } from './columns-of-rows.ts';
import { answerMalformed, decodeAnswer } from './decode-answer.ts';
import { createDeferred } from './deferred.ts';
import { createDictionary } from './dictionary.ts';
import type { IngestChannel } from './ingest-channel.ts';
import type { Observation, ObservationColumns } from './observation.ts';
import { copyColumns, type PendingBatch } from './pending-batch.ts';
import { createSendWindow, MAX_IN_FLIGHT } from './send-window.ts';
import { createStreamConnection } from './stream-connection.ts';
import { encodeStreamBatch, encodeStreamStart } from './stream-encoder.ts';

/** Options of a stream. */
export interface StreamOptions {
  /** Default the client's. */
  readonly producerId?: string;
  /** The producer's run: differs from its earlier runs. Default made from the time and chance. */
  readonly session?: bigint;
  /** Whether results carry read tokens. Default false. */
  readonly returnTokens?: boolean;
  /** Batches ahead of the oldest unanswered one, 1 to 32. Default 32. */
  readonly maxInFlight?: number;
  /** Ends the stream at once; unanswered batches reject with CANCELLED. Default never. */
  readonly signal?: AbortSignal;
  /** Retries of this stream. Default the client's. */
  readonly retry?: Partial<RetryPolicy>;
}

/** The same with every default filled in. */
export type ResolvedStreamOptions = Required<Omit<StreamOptions, 'signal' | 'retry'>> & {
  readonly signal: AbortSignal | undefined;
  readonly retry: RetryPolicy;
};

/** A batch that was handed to the connection. */
export interface SentBatch {
  readonly sequence: number;
  readonly rows: number;
  /**
   * What became of it. Rejects only if the platform refused the whole batch for good, or the retries are spent.
   * Leaving it unobserved is safe: `flush` and `close` report the first failure.
   */
  readonly result: Promise<BatchResult>;
}

/**
 * Sends batches over one gRPC stream. A broken connection is made again and unanswered batches are sent again under
 * their sequence, so that every observation is counted once.
 */
export interface ObservationStream extends AsyncDisposable {
  readonly producerId: string;
  readonly session: bigint;
  /** Index of a city for columns; the city's name crosses the wire once a connection. */
  cityIndex(cityId: string): number;
  /** Index of a sensor for columns, from 1. */
  sensorIndex(sensorId: string): number;
  /** Batches not yet answered. */
  readonly inFlight: number;
  /**
   * Hands a batch over; resolves when there was room for it: await it, and a slow platform slows you down.
   * @throws IsothermClientError if the stream failed or is closed.
   */
  write(batch: readonly Observation[] | ObservationColumns): Promise<SentBatch>;
  /** Resolves when every batch written so far is answered. @throws the first failure since the last flush. */
  flush(): Promise<void>;
  /** Flushes, then ends the stream. Idempotent. */
  close(): Promise<void>;
}

/** A stream of the session given. It connects with the first batch. */
export function createObservationStream(
  channel: IngestChannel,
  options: ResolvedStreamOptions & {
    /** Called once, when the stream is closed or has failed. */
    readonly onOver: () => void;
    readonly runtime: ClientRuntime;
  },
): ObservationStream {
  const { producerId, session, signal, retry, runtime } = options;
  const cities = createDictionary();
  const sensors = createDictionary();
  const window = createSendWindow(Math.max(1, Math.min(MAX_IN_FLIGHT, options.maxInFlight)));
  const pending = new Map<number, PendingBatch>();
  /** Dictionary entries that the present connection has been told. */
  let told = nothingTold();
  let failure: IsothermClientError | undefined;
  let unreported: IsothermClientError | undefined;
  let closing: Promise<void> | undefined;

  const connection = createStreamConnection(channel, {
    start: encodeStreamStart(options),
    retry,
    runtime,
    events: {
      needed: () => pending.size > 0,
      opened() {
        told = nothingTold();
        for (const batch of pending.values()) if (batch.retryTimer === undefined) transmit(batch);
      },
      received: take,
      failed: fail,
    },
  });
  const abort = () => fail(cancelled(signal?.reason));
  signal?.addEventListener('abort', abort);
  if (signal?.aborted) abort();

  function transmit(batch: PendingBatch): void {
    connection.send(() => {
      const bytes = encodeStreamBatch({
        sequence: batch.sequence,
        createdUnixMs: batch.createdUnixMs,
        cities: cities.slice(told.cities, batch.cityCount),
        sensors: sensors.slice(told.sensors, batch.sensorCount),
        columns: batch.columns,
      });
      batch.attempts += 1;
      told = {
        cities: Math.max(told.cities, batch.cityCount),
        sensors: Math.max(told.sensors, batch.sensorCount),
      };
      return bytes;
    });
  }

  function take(bytes: Uint8Array): void {
    let response: IngestStreamResponse;
    try {
      response = decodeAnswer(IngestStreamResponseSchema, bytes);
    } catch (error) {
      fail(error as IsothermClientError);
      return;
    }
    answer(response);
  }

  function answer(response: IngestStreamResponse): void {
    connection.proven();
    const batch = pending.get(Number(response.sequence));
    if (batch === undefined) return;
    if (response.result.case === 'error') {
      retryOrRefuse(batch, errorFromStatus(response.result.value));
      return;
    }
    if (response.result.case === undefined) {
      refuse(batch, answerMalformed('holds neither ack nor error'));
      return;
    }
    settle(batch);
    batch.result.resolve(batchResult(batch.sequence, response.result.value));
  }

  function retryOrRefuse(batch: PendingBatch, error: IsothermClientError): void {
    const elapsedMs = runtime.now() - batch.createdUnixMs;
    const delayMs = retryDelayMs(error, batch.attempts, { policy: retry, elapsedMs, random: runtime.random });
    if (delayMs === undefined) {
      refuse(batch, error);
      return;
    }
    batch.retryTimer?.cancel();
    batch.retryTimer = runtime.after(delayMs, () => {
      batch.retryTimer = undefined;
      transmit(batch);
    });
  }

  function settle(batch: PendingBatch): void {
    batch.retryTimer?.cancel();
    pending.delete(batch.sequence);
    window.release(batch.sequence);
  }

  function refuse(batch: PendingBatch, error: IsothermClientError): void {
    unreported ??= error;
    settle(batch);
    batch.result.reject(error);
  }

  function fail(error: IsothermClientError): void {
    if (failure !== undefined) return;
    failure = error;
    signal?.removeEventListener('abort', abort);
    connection.abort();
    options.onOver();
    for (const batch of [...pending.values()]) refuse(batch, error);
  }

  async function flush(): Promise<void> {
    await window.idle();
    const error = unreported;
    unreported = undefined;
    if (error !== undefined) throw error;
  }

  async function end(): Promise<void> {
    try {
      await flush();
      await connection.end();
    } finally {
      fail(streamClosed());
    }
  }

  const stream: ObservationStream = {
    producerId,
    session,
    cityIndex: (cityId) => cities.indexOf(cityId),
    sensorIndex: (sensorId) => sensors.indexOf(sensorId) + 1,
    get inFlight() {
      return window.inFlight;
    },
    async write(rowsOrColumns) {
      if (closing !== undefined) throw streamClosed();
      const columns = 'cityIndex' in rowsOrColumns ? copyColumns(rowsOrColumns) : columnsOfRows(rowsOrColumns, stream);
      const counts = { cityCount: cities.size, sensorCount: sensors.size };
      const sequence = await window.acquire();
      while (connection.full !== undefined) await connection.full;
      if (failure !== undefined) {
        window.release(sequence);
        throw failure;
      }
      const result = createDeferred<BatchResult>();
      result.promise.catch(() => {});
      const createdUnixMs = runtime.now();
      const batch = { sequence, createdUnixMs, columns, ...counts, result, attempts: 0, retryTimer: undefined };
      pending.set(sequence, batch);
      transmit(batch);
      return { sequence, rows: columns.cityIndex.length, result: result.promise };
    },
    flush,
    close() {
      closing ??= end();
      return closing;
    },
    async [Symbol.asyncDispose]() {
      await stream.close();
    },
  };
  return stream;
}

function nothingTold() {
  return { cities: 0, sensors: 0 };
}

function streamClosed(): IsothermClientError {
  return new IsothermClientError({
    code: 'FAILED_PRECONDITION',
    id: 'STREAM_CLOSED',
    message: 'The stream is closed.',
  });
}

function cancelled(cause: unknown): IsothermClientError {
  return new IsothermClientError({ code: 'CANCELLED', id: 'CANCELLED', message: 'The stream was cancelled.', cause });
}
