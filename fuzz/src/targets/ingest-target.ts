import { EventEmitter } from 'node:events';
import { Metadata, type ServerDuplexStream, type ServerUnaryCall } from '@grpc/grpc-js';
import { createPartitionState } from '@isotherm/domain';
import { createIngestEngine, createStreamCalls, createUnaryHandler } from '@isotherm/ingest/internals';
import { allPartitions, createMemoryLog } from '@isotherm/log';
import { createRecordReader } from '@isotherm/records';
import { createLogger } from '@isotherm/service-kit';
import fc from 'fast-check';
import { accepted, type FuzzTarget, refused } from '../fuzz-target.ts';
import { joinFrames, mutateFrames, splitFrames } from './frames.ts';
import { frozenRuntime } from './frozen-runtime.ts';
import { drawn, streamBatch, streamStart, unaryRequest } from './observation-grammar.ts';
import { RESULT_SETTINGS } from './result-settings.ts';

const PARTITIONS = 4;
const MESSAGES = 8;
const PEER = 'ipv4:127.0.0.1:40000';
/** Errors of gRPC that are the caller's doing or pass. */
const EXPECTED_CODES = [3, 8, 14];

/** Several messages to ingest, over a stream or by calls; what is kept is then read from the log and applied. */
export const ingestTarget: FuzzTarget = {
  name: 'ingest',
  reads: 'messages, through ingest and its log into the states of partitions',
  weight: 3,
  maxBytes: 16_384,
  allowedBytes: (inputBytes) => 96_000_000 + 5000 * inputBytes,
  open() {
    const logger = createLogger({ service: 'fuzz', level: 'silent' });
    const conversation = fc
      .tuple(
        fc.array(fc.oneof({ weight: 5, arbitrary: streamBatch }, unaryRequest), { minLength: 1, maxLength: 4 }),
        streamStart,
        fc.boolean(),
      )
      .map(([messages, start, again]) => joinFrames([start, ...messages, ...(again ? messages.slice(0, 1) : [])]));
    return {
      seeds: drawn(conversation, 24),
      grammar: conversation,
      mutate: (bytes, random) => mutateFrames(bytes, random, { most: MESSAGES }),
      async run(input) {
        const log = createMemoryLog({ partitionCount: PARTITIONS, now: frozenRuntime.now });
        const engine = createIngestEngine(
          { log, logger, runtime: frozenRuntime, onFenced: () => {} },
          { limits: { maxRowsPerMessage: 4096, maxMessageBytes: 65_536, maxCities: 200 } },
        );
        engine.ready();
        const reached = new Set<string>();
        const streams = createStreamCalls(engine.context);
        const unary = createUnaryHandler(engine.context);
        let stream = openStream(streams, reached);
        for (const message of splitFrames(input, MESSAGES).map((bytes) => Buffer.from(bytes))) {
          // A unary request begins with its batch or its rows, a stream's message of columns with theirs.
          if (message[0] === 0x0a && message.length % 2 === 0) callUnary(unary, message, reached);
          else {
            if (stream.over) stream = openStream(streams, reached);
            stream.call.emit('data', message);
          }
        }
        await engine.drain();
        engine.stop();
        const { acceptedObservations, rejectedObservations, ackedBatches } = engine.stats();
        const counted = await applyLog(log);
        if (counted.rows !== acceptedObservations || counted.rejectedRows !== rejectedObservations) {
          throw new Error(
            `Acked ${acceptedObservations} and ${rejectedObservations} rejected; the log has ${counted.rows} and ${counted.rejectedRows}`,
          );
        }
        for (const name of counted.reached) reached.add(name);
        const name = [...reached].sort().join('+');
        return ackedBatches > 0 ? accepted(name) : refused(name);
      },
    };
  },
};

function openStream(streams: ReturnType<typeof createStreamCalls>, reached: Set<string>) {
  const call = Object.assign(new EventEmitter(), {
    metadata: new Metadata(),
    write: () => true,
    end: () => {},
    pause: () => {},
    resume: () => {},
    isPaused: () => false,
    getPeer: () => PEER,
  });
  const stream = { call, over: false };
  streams.handle(call as unknown as ServerDuplexStream<Buffer, Buffer>);
  call.on('error', (error: { readonly code?: number; readonly details?: string }) => {
    stream.over = true;
    requireExpected(error);
    reached.add(`stream ended ${error.code}`);
  });
  return stream;
}

function callUnary(handle: ReturnType<typeof createUnaryHandler>, request: Buffer, reached: Set<string>): void {
  const call = { metadata: new Metadata(), request, cancelled: false, getPeer: () => PEER };
  handle(call as unknown as ServerUnaryCall<Buffer, Buffer>, (error) => {
    if (error === null) return;
    requireExpected(error);
    reached.add(`unary ${error.code}`);
  });
}

function requireExpected(error: {
  readonly code?: number | undefined;
  readonly details?: string;
  readonly message?: string;
}): void {
  if (error.code !== undefined && EXPECTED_CODES.includes(error.code)) return;
  throw new Error(`Ingest answers ${error.code}: ${error.details ?? error.message}`, { cause: error });
}

/** Applies all that the log holds; every row has to be accounted for. */
async function applyLog(log: ReturnType<typeof createMemoryLog>) {
  const reader = createRecordReader();
  const reached = new Set<string>();
  let rows = 0;
  let rejectedRows = 0;
  for (const [partition, { start, end }] of await log.extents(allPartitions(log.partitionCount))) {
    const state = createPartitionState({ partition, settings: RESULT_SETTINGS });
    let own = 0;
    for (let offset = start; offset < end; offset += 1) {
      const entry = (await log.readAt(partition, offset))!;
      const record = reader.decode(entry.bytes);
      if (record.kind === 'observations') {
        own += record.rowCount;
        rejectedRows += record.rejectedRows.length;
      }
      if (!state.apply(entry, record)) throw new Error(`Record ${offset} is not applied`);
    }
    rows += own;
    const { applied, dead, duplicate, rejected } = state.counters;
    if (applied + dead + duplicate !== own) {
      throw new Error(`${applied} applied + ${dead} dead + ${duplicate} duplicate of ${own} rows`);
    }
    if (applied > 0) reached.add('applied');
    if (dead > 0) reached.add('dead');
    if (duplicate > 0) reached.add('duplicate');
    if (rejected > 0) reached.add('rejected');
  }
  return { rows, rejectedRows, reached };
}
