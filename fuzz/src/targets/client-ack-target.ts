import { EventEmitter } from 'node:events';
import { create, toBinary } from '@bufbuild/protobuf';
import { IsothermClientError } from '@isotherm/client';
import {
  createObservationStream,
  createUnarySender,
  DEFAULT_RETRY_POLICY,
  type IngestChannel,
} from '@isotherm/client/internals';
import { IngestResponseSchema, IngestStreamResponseSchema } from '@isotherm/contracts/ingest/v1/ingest_service';
import { accepted, type FuzzTarget, type Outcome, refused } from '../fuzz-target.ts';

const ROWS = [{ cityId: '1', observeTime: Date.UTC(2025, 5, 15), temperatureCelsius: 20 }];
const NO_RETRY = { ...DEFAULT_RETRY_POLICY, maxAttempts: 1, maxElapsedMs: 0 };

/** Answers of ingest to the client, unary and on a stream: a result or its one kind of error. */
export const clientAckTarget: FuzzTarget = {
  name: 'client-ack',
  reads: 'answers of ingest, in the client',
  weight: 20,
  maxBytes: 4096,
  allowedBytes: (inputBytes) => 4_000_000 + 512 * inputBytes,
  open() {
    const ack = {
      accepted: 1,
      rejected: 1,
      rejections: [{ row: 1, reason: 2, field: 'wind_speed_mps', value: '-1', message: 'no' }],
      readToken: { incarnation: '0123456789abcdef', partitions: [1, 2], offsets: [3n, 4n] },
    };
    const status = { code: 8, message: 'later', details: [] };
    const onStream = [
      { sequence: 1n, result: { case: 'ack' as const, value: ack } },
      { sequence: 1n, result: { case: 'error' as const, value: status } },
      { sequence: 9n, result: { case: 'ack' as const, value: { accepted: 3 } } },
    ].map((message) => toBinary(IngestStreamResponseSchema, create(IngestStreamResponseSchema, message)));
    const unary = toBinary(IngestResponseSchema, create(IngestResponseSchema, { ack }));
    // The first byte says which way the answer comes.
    return {
      seeds: [Uint8Array.from([0, ...unary]), ...onStream.map((bytes) => Uint8Array.from([1, ...bytes]))],
      run: (input) => ((input[0] ?? 0) % 2 === 0 ? unaryAnswer(input.slice(1)) : streamAnswer(input.slice(1))),
    };
  },
};

async function unaryAnswer(answer: Uint8Array): Promise<Outcome> {
  const channel: IngestChannel = {
    target: 'http://127.0.0.1:1',
    ingest: async () => answer,
    openStream: () => Promise.reject(new Error('No stream is opened here')),
    close() {},
  };
  const sender = createUnarySender(channel, { producerId: 'fuzz', session: 1n, timeoutMs: 1000, retry: NO_RETRY });
  return outcomeOf(() => sender.send(ROWS), 'unary');
}

async function streamAnswer(answer: Uint8Array): Promise<Outcome> {
  const call = Object.assign(new EventEmitter(), {
    write(_: Uint8Array) {
      writes += 1;
      // After the start comes the batch; its answer comes in a turn of its own, as from a socket.
      if (writes === 2) {
        setImmediate(() => {
          call.emit('data', answer);
          setImmediate(() => call.emit('status', { code: 0 }));
        });
      }
      return true;
    },
    end() {
      setImmediate(() => call.emit('status', { code: 0 }));
    },
    cancel() {},
  });
  let writes = 0;
  const channel: IngestChannel = {
    target: 'http://127.0.0.1:1',
    ingest: () => Promise.reject(new Error('Nothing is called here')),
    openStream: async () => call as never,
    close() {},
  };
  const stop = new AbortController();
  const stream = createObservationStream(channel, {
    producerId: 'fuzz',
    session: 1n,
    returnTokens: true,
    maxInFlight: 1,
    signal: stop.signal,
    retry: NO_RETRY,
    onOver() {},
    runtime: { now: () => 0, random: () => 0, after: () => ({ cancel() {} }) },
  });
  const sent = await stream.write(ROWS);
  // A batch whose connection ended waits to be sent again; enough is seen by then.
  const gone = new Promise<never>((_, reject) => setTimeout(() => reject(new Error('waits')), 2).unref());
  try {
    return await outcomeOf(() => Promise.race([sent.result, gone]), 'stream');
  } finally {
    stop.abort();
    stream.close().catch(() => {});
  }
}

async function outcomeOf(
  run: () => Promise<{ readonly accepted: number; readonly rejected: number }>,
  name: string,
): Promise<Outcome> {
  try {
    const result = await run();
    if (!Number.isSafeInteger(result.accepted) || result.accepted < 0)
      throw new Error(`Accepted ${result.accepted} rows`);
    return accepted(`${name} result`);
  } catch (error) {
    if (error instanceof IsothermClientError)
      return refused(`${name} ${error.id.slice(0, 24).replaceAll(/[^A-Z_]/g, '?')}`);
    if (error instanceof Error && error.message === 'waits') return refused(`${name} sent again`);
    throw error;
  }
}
