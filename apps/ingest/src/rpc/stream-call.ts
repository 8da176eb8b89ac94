import type { ServerDuplexStream } from '@grpc/grpc-js';
import {
  createStreamRequestDecoder,
  type DecodedStreamBatch,
  type DecodedStreamRequest,
  rowOfColumns,
  WireError,
} from '@isotherm/observation-wire';
import { toGrpcError } from '@isotherm/service-kit';
import type { Context } from '@opentelemetry/api';
import {
  appendFailed,
  dictionaryFull,
  ingestDraining,
  invalidBatch,
  streamMisuse,
  unreadableMessage,
} from '../ingest-errors.ts';
import { producerViolations } from '../rules/batch-identity.ts';
import type { BatchResult } from '../staging/staged-group.ts';
import { encodeStreamAck, encodeStreamError } from './ack-message.ts';
import { type CallContext, callerContext, openDictionaries, startIngestSpan } from './call-context.ts';

/** Streams that are open, so that they can be told to go. */
export interface StreamCalls {
  readonly open: number;
  handle(call: ServerDuplexStream<Buffer, Buffer>): void;
  /** Ends every stream once what it sent is answered. */
  drain(): void;
}

/** Handles `IngestStream`. One decoder serves all streams: a batch is staged before the next message is decoded. */
export function createStreamCalls(deps: CallContext): StreamCalls {
  const sessions = new Set<StreamSession>();
  const decoder = createStreamRequestDecoder({
    maxRows: deps.limits.maxRowsPerMessage,
    maxMessageBytes: deps.limits.maxMessageBytes,
  });
  return {
    get open() {
      return sessions.size;
    },
    handle(call) {
      const session = new StreamSession(call, deps, (bytes) => decoder.decode(bytes));
      sessions.add(session);
      session.run(() => sessions.delete(session));
    },
    drain() {
      for (const session of sessions) session.endWith(ingestDraining());
    },
  };
}

/**
 * One stream. It reads while fewer than `maxBatchesPerStream` batches are unanswered and the client takes its answers;
 * otherwise the rest waits in HTTP/2's flow control. An error of the stream itself is sent when all batches are
 * answered. Cities and sensors of a message join the dictionaries whatever becomes of its rows.
 */
class StreamSession {
  readonly #call: ServerDuplexStream<Buffer, Buffer>;
  readonly #deps: CallContext;
  readonly #decode: (bytes: Buffer) => DecodedStreamRequest;
  readonly #parent: Context;
  readonly #dictionaries: ReturnType<typeof openDictionaries>;
  #start: Extract<DecodedStreamRequest, { kind: 'start' }> | undefined;
  #unanswered = 0;
  #congested = false;
  #halfClosed = false;
  #finished = false;
  #error: unknown;

  constructor(
    call: ServerDuplexStream<Buffer, Buffer>,
    deps: CallContext,
    decode: (bytes: Buffer) => DecodedStreamRequest,
  ) {
    this.#call = call;
    this.#deps = deps;
    this.#decode = decode;
    this.#parent = callerContext(call.metadata);
    this.#dictionaries = openDictionaries(deps);
  }

  run(onClose: () => void): void {
    const call = this.#call;
    let closed = false;
    const close = (): void => {
      if (closed) return;
      closed = true;
      this.#finished = true;
      onClose();
    };
    call.on('data', (bytes: Buffer) => this.#receive(bytes));
    call.on('end', () => {
      this.#halfClosed = true;
      this.#proceed();
    });
    call.on('drain', () => {
      this.#congested = false;
      this.#proceed();
    });
    call.on('cancelled', close);
    call.on('error', close);
    call.on('close', close);
    call.on('finish', close);
  }

  /** Takes nothing more; the stream ends with the error once its batches are answered. */
  endWith(error: unknown): void {
    this.#error ??= error;
    this.#proceed();
  }

  #receive(bytes: Buffer): void {
    if (this.#finished || this.#error !== undefined) return;
    try {
      const request = this.#decode(bytes);
      switch (request.kind) {
        case 'start':
          this.#begin(request);
          break;
        case 'batch':
          this.#takeBatch(request);
          break;
        case 'empty':
          throw streamMisuse('A message of the stream held neither start nor batch.');
      }
    } catch (error) {
      this.#deps.telemetry.batchRefused();
      this.endWith(error instanceof WireError ? unreadableMessage(error, this.#deps.limits) : error);
    }
    this.#proceed();
  }

  #begin(start: Extract<DecodedStreamRequest, { kind: 'start' }>): void {
    if (this.#start !== undefined) throw streamMisuse('A stream has one start message: open another stream.');
    const violations = producerViolations(start.producerId);
    if (violations.length > 0) throw invalidBatch(violations);
    this.#start = start;
  }

  #takeBatch({ sequence, createdUnixMs, columns }: DecodedStreamBatch): void {
    const start = this.#start;
    if (start === undefined) throw streamMisuse('The first message of a stream is its start; this one was a batch.');
    const { cities, sensors } = this.#dictionaries;
    const { maxDictionaryEntries } = this.#deps.limits;
    if (
      cities.size + columns.cities.length > maxDictionaryEntries ||
      sensors.size + columns.sensors.length > maxDictionaryEntries
    ) {
      throw dictionaryFull(this.#deps.limits);
    }
    cities.append(columns.cities);
    sensors.append(columns.sensors);
    const span = startIngestSpan(this.#parent);
    const { telemetry, pipeline } = this.#deps;
    try {
      pipeline.submit({
        identity: { producerId: start.producerId, session: start.session, sequence, createdUnixMs },
        parts: [
          {
            columns,
            cities,
            sensors,
            rowAt: (row) => rowOfColumns(columns, row, { cities: cities.ids, sensors: sensors.ids }),
          },
        ],
        settle: (result) => {
          span.end();
          this.#unanswered -= 1;
          this.#answer(sequence, result, start.returnTokens);
          this.#proceed();
        },
      });
      this.#unanswered += 1;
      telemetry.batchStaged(span.isRecording() ? span.spanContext() : undefined);
    } catch (error) {
      telemetry.batchRefused();
      span.recordException(error instanceof Error ? error : String(error));
      span.end();
      this.#write(encodeStreamError(sequence, error));
    }
  }

  #answer(sequence: number, result: BatchResult, returnTokens: boolean): void {
    if (this.#finished) return;
    if (result.kind === 'failed') {
      this.#write(encodeStreamError(sequence, appendFailed(result.error)));
      return;
    }
    this.#write(encodeStreamAck(sequence, result, returnTokens ? this.#deps.log.incarnation : undefined));
  }

  #write(bytes: Buffer): void {
    if (!this.#call.write(bytes)) this.#congested = true;
  }

  /** Reads on, waits or ends, whatever is due. */
  #proceed(): void {
    if (this.#finished) return;
    const call = this.#call;
    if (this.#unanswered === 0 && this.#error !== undefined) {
      this.#finished = true;
      call.emit('error', toGrpcError(this.#error));
      return;
    }
    if (this.#unanswered === 0 && this.#halfClosed) {
      this.#finished = true;
      call.end();
      return;
    }
    const wait =
      this.#congested || this.#error !== undefined || this.#unanswered >= this.#deps.limits.maxBatchesPerStream;
    if (wait !== call.isPaused()) {
      if (wait) call.pause();
      else call.resume();
    }
  }
}
