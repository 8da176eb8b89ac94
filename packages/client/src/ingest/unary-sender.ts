import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ServiceError } from '@grpc/grpc-js';
import { IngestRequestSchema, IngestResponseSchema } from '@isotherm/contracts/ingest/v1/ingest_service';
import { IsothermClientError } from '../errors/client-error.ts';
import { errorFromGrpc } from '../errors/from-status.ts';
import { type RetryPolicy, retryDelayMs } from '../errors/retry-policy.ts';
import { type BatchResult, batchResult } from './batch-result.ts';
import { checkObservation } from './check-observation.ts';
import { answerMalformed, decodeAnswer } from './decode-answer.ts';
import type { IngestChannel } from './ingest-channel.ts';
import { failedAfter, joinResults } from './join-results.ts';
import type { Observation } from './observation.ts';
import { observedMs } from './observed-time.ts';
import { pause } from './pause.ts';
import { createSendWindow, MAX_IN_FLIGHT } from './send-window.ts';
import { splitRows } from './split-rows.ts';

/** Options of one `send`. */
export interface SendOptions {
  /** Ends the wait. The batch may have been kept all the same. Default never. */
  readonly signal?: AbortSignal;
  /** Of each batch, retries included, in ms. Default the client's. */
  readonly timeoutMs?: number;
}

/** Sends batches by unary calls, each under its own sequence of one session. */
export interface UnarySender {
  /** Rows that do not fit a message go in several, one after the other. */
  send(observations: readonly Observation[], options?: SendOptions): Promise<BatchResult>;
}

/** A sender for the session given. */
export function createUnarySender(
  channel: IngestChannel,
  options: {
    readonly producerId: string;
    readonly session: bigint;
    readonly timeoutMs: number;
    readonly retry: RetryPolicy;
  },
): UnarySender {
  const window = createSendWindow(MAX_IN_FLIGHT);

  async function attempts(sequence: number, observations: readonly Observation[], send: SendOptions) {
    const startedMs = Date.now();
    const request = encode(options, { sequence, createdMs: startedMs, observations });
    const timeoutMs = send.timeoutMs ?? options.timeoutMs;
    const policy = { ...options.retry, maxElapsedMs: Math.min(options.retry.maxElapsedMs, timeoutMs) };
    for (let attempt = 1; ; attempt += 1) {
      const remainingMs = Math.max(1, timeoutMs - (Date.now() - startedMs));
      let response: Uint8Array;
      try {
        response = await channel.ingest(request, { timeoutMs: remainingMs });
      } catch (thrown) {
        const error = errorFromGrpc(thrown as ServiceError, channel.target);
        const elapsedMs = Date.now() - startedMs;
        const delayMs = retryDelayMs(error, attempt, { policy, elapsedMs, random: Math.random });
        if (delayMs === undefined) throw error;
        await pause(delayMs, send.signal);
        continue;
      }
      const { ack } = decodeAnswer(IngestResponseSchema, response);
      if (ack === undefined) throw answerMalformed('holds no ack');
      return batchResult(sequence, ack);
    }
  }

  return {
    async send(observations, send = {}) {
      observations.forEach(checkObservation);
      const done: { readonly rows: number; readonly result: BatchResult }[] = [];
      let rowsKept = 0;
      for (const rows of splitRows(observations)) {
        const sequence = await window.acquire(send.signal).catch(cancelled);
        try {
          done.push({ rows: rows.length, result: await attempts(sequence, rows, send) });
        } catch (error) {
          throw error instanceof IsothermClientError ? failedAfter(error, rowsKept) : error;
        } finally {
          window.release(sequence);
        }
        rowsKept += rows.length;
      }
      return joinResults(done);
    },
  };
}

function encode(
  identity: { readonly producerId: string; readonly session: bigint },
  batch: { readonly sequence: number; readonly createdMs: number; readonly observations: readonly Observation[] },
): Uint8Array {
  const message = create(IngestRequestSchema, {
    batch: {
      producerId: identity.producerId,
      session: identity.session,
      sequence: BigInt(batch.sequence),
      createTime: timestampFromMs(batch.createdMs),
    },
    observations: batch.observations.map((row, index) => ({
      cityId: row.cityId,
      sensorId: row.sensorId ?? '',
      observeTime: timestampFromMs(observedMs(row, index)),
      ...(row.temperatureCelsius !== undefined && { temperatureCelsius: row.temperatureCelsius }),
      ...(row.relativeHumidityPercent !== undefined && { relativeHumidityPercent: row.relativeHumidityPercent }),
      ...(row.windSpeedMps !== undefined && { windSpeedMps: row.windSpeedMps }),
    })),
  });
  return toBinary(IngestRequestSchema, message);
}

function cancelled(cause: unknown): never {
  throw new IsothermClientError({
    code: 'CANCELLED',
    id: 'CANCELLED',
    message: 'The send was cancelled before it began.',
    cause,
  });
}
