import type { ServerDuplexStream } from '@grpc/grpc-js';
import {
  type DecodedStreamBatch,
  type DecodedStreamRequest,
  rowOfColumns,
  type ScannedStreamBatch,
  scanStreamBatch,
  WireError,
} from '@isotherm/observation-wire';
import type { Timer } from '@isotherm/runtime';
import { IsothermError, toGrpcError } from '@isotherm/service-kit';
import type { Context } from '@opentelemetry/api';
import type { Admitted, Caller } from '../admission/admission.ts';
import { appendFailed, dictionaryFull, invalidBatch, streamMisuse, unreadableMessage } from '../ingest-errors.ts';
import { producerViolations } from '../rules/batch-identity.ts';
import type { BatchResult } from '../staging/staged-group.ts';
import { encodeStreamAck, encodeStreamError } from './ack-message.ts';
import { type CallContext, callerContext, openDictionaries, startIngestSpan } from './call-context.ts';

/** Longest time a stream is not read after a refusal, in ms. */
const MAX_HOLD_MS = 100;

/**
 * One stream. It reads while fewer than `maxBatchesPerStream` batches are unanswered and the client takes its answers;
 * otherwise the rest waits in HTTP/2's flow control. An error of the stream itself is sent when all batches are
 * answered. Cities and sensors of a message join the dictionaries whatever becomes of its rows.
 *
 * Whether there is room for a message is decided by its length. A refused one is answered at once and not decoded; then
 * nothing is read for a moment, so that who sends regardless is held up by flow control and costs nobody else anything.
 */
export class StreamSession {
  readonly #call: ServerDuplexStream<Buffer, Buffer>;
  readonly #deps: CallContext & { readonly caller: Caller };
  readonly #decode: (bytes: Buffer) => DecodedStreamRequest;
  readonly #parent: Context;
  readonly #dictionaries: ReturnType<typeof openDictionaries>;
  #start: Extract<DecodedStreamRequest, { kind: 'start' }> | undefined;
  #unanswered = 0;
  #congested = false;
  #halfClosed = false;
  #finished = false;
  #held: Timer | undefined;
  #error: unknown;

  constructor(
    call: ServerDuplexStream<Buffer, Buffer>,
    deps: CallContext & { readonly caller: Caller },
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
      this.#held?.cancel();
      this.#finished = true;
      onClose();
    };
    readOneAhead(call);
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
      if (this.#start === undefined) this.#take(bytes, undefined);
      else this.#admit(bytes);
    } catch (error) {
      this.#countRefused(error);
      this.endWith(error instanceof WireError ? unreadableMessage(error, this.#deps.limits) : error);
    }
    this.#proceed();
  }

  /** Takes a message if there is room for it. The first one of a stream is a start, which takes none. */
  #admit(bytes: Buffer): void {
    let admitted: Admitted;
    try {
      admitted = this.#deps.caller.admit(bytes.byteLength);
    } catch (error) {
      const batch = bytes.byteLength > this.#deps.limits.maxMessageBytes ? undefined : scanStreamBatch(bytes);
      // What is no batch ends the stream whether there is room or not.
      if (batch === undefined) this.#take(bytes, undefined);
      else this.#refuse(batch, error);
      return;
    }
    try {
      this.#take(bytes, admitted);
    } catch (error) {
      admitted.failed(error);
      throw error;
    }
  }

  #take(bytes: Buffer, admitted: Admitted | undefined): void {
    const request = this.#decode(bytes);
    switch (request.kind) {
      case 'start':
        this.#begin(request);
        break;
      case 'batch':
        this.#takeBatch(request, admitted);
        break;
      case 'empty':
        throw streamMisuse('A message of the stream held neither start nor batch.');
    }
  }

  #refuse({ sequence, cities, sensors }: ScannedStreamBatch, error: unknown): void {
    this.#appendNames(cities, sensors);
    this.#answerRefusal(sequence, error);
  }

  #answerRefusal(sequence: number, error: unknown): void {
    this.#countRefused(error);
    this.#write(encodeStreamError(sequence, error));
    if (error instanceof IsothermError && error.code === 'RESOURCE_EXHAUSTED') this.#hold(error.retryAfterMs ?? 0);
  }

  /** Reads nothing for a moment. */
  #hold(retryAfterMs: number): void {
    this.#held ??= this.#deps.runtime.after(Math.min(MAX_HOLD_MS, retryAfterMs), () => {
      this.#held = undefined;
      this.#proceed();
    });
  }

  #countRefused(error: unknown): void {
    this.#deps.telemetry.refused({ tenant: this.#deps.caller.tenant, error });
  }

  #appendNames(cities: readonly string[], sensors: readonly string[]): void {
    const known = this.#dictionaries;
    const { maxDictionaryEntries } = this.#deps.limits;
    if (
      known.cities.size + cities.length > maxDictionaryEntries ||
      known.sensors.size + sensors.length > maxDictionaryEntries
    ) {
      throw dictionaryFull(this.#deps.limits);
    }
    known.cities.append(cities);
    known.sensors.append(sensors);
  }

  #begin(start: Extract<DecodedStreamRequest, { kind: 'start' }>): void {
    if (this.#start !== undefined) throw streamMisuse('A stream has one start message: open another stream.');
    const violations = producerViolations(start.producerId);
    if (violations.length > 0) throw invalidBatch(violations);
    this.#start = start;
  }

  #takeBatch({ sequence, createdUnixMs, columns }: DecodedStreamBatch, admitted: Admitted | undefined): void {
    const start = this.#start;
    if (start === undefined || admitted === undefined)
      throw streamMisuse('The first message of a stream is its start; this one was a batch.');
    const { cities, sensors } = this.#dictionaries;
    this.#appendNames(columns.cities, columns.sensors);
    admitted.rows(columns.cityIndex.length);
    const span = startIngestSpan(this.#parent);
    const { telemetry, pipeline } = this.#deps;
    try {
      pipeline.submit({
        identity: {
          tenant: this.#deps.caller.tenant,
          producerId: start.producerId,
          session: start.session,
          sequence,
          createdUnixMs,
        },
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
          admitted.answered();
          this.#unanswered -= 1;
          this.#answer(sequence, result, start.returnTokens);
          this.#proceed();
        },
      });
      this.#unanswered += 1;
      telemetry.batchStaged(span.isRecording() ? span.spanContext() : undefined);
    } catch (error) {
      admitted.failed(error);
      span.recordException(error instanceof Error ? error : String(error));
      span.end();
      this.#answerRefusal(sequence, error);
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
      this.#congested ||
      this.#held !== undefined ||
      this.#error !== undefined ||
      this.#unanswered >= this.#deps.limits.maxBatchesPerStream;
    if (wait !== call.isPaused()) {
      if (wait) call.pause();
      else call.resume();
    }
  }
}

/**
 * grpc-js reads 16 messages ahead for a stream that is paused, each as long as may be; one is enough to go on at once.
 * What is not read stays with its sender. Node has no public way to say so once a stream is made.
 */
function readOneAhead(call: object): void {
  const state: unknown = Reflect.get(call, '_readableState');
  if (typeof state === 'object' && state !== null && 'highWaterMark' in state) state.highWaterMark = 1;
}
