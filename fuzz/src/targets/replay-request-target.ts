import { fromBinary } from '@bufbuild/protobuf';
import { Metadata, type ServerUnaryCall } from '@grpc/grpc-js';
import { ReplayRequestSchema, ReplayResponseSchema } from '@isotherm/contracts/ingest/v1/replay_service';
import { createPartitionState } from '@isotherm/domain';
import { createIngestEngine, createReplayHandler } from '@isotherm/ingest/internals';
import { allPartitions, createMemoryLog, type Log } from '@isotherm/log';
import { createRecordReader, encodeTick } from '@isotherm/records';
import { createLogger } from '@isotherm/service-kit';
import fc from 'fast-check';
import { accepted, type FuzzTarget, refused } from '../fuzz-target.ts';
import { joinFrames, mutateFrames, splitFrames } from './frames.ts';
import { frozenRuntime } from './frozen-runtime.ts';
import { drawn } from './observation-grammar.ts';
import { PARTITIONS, RECORDS_BEFORE, replayRequest } from './replay-grammar.ts';
import { RESULT_SETTINGS } from './result-settings.ts';

const REQUESTS = 4;
const MAX_BYTES = 65_536;
/** Codes of gRPC that are the caller's doing. */
const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;

/** Dead letters coming back through ingest, several requests after each other; the log is then applied. */
export const replayRequestTarget: FuzzTarget = {
  name: 'replay-request',
  reads: 'replays of dead letters, through ingest and its log into the states of partitions',
  weight: 3,
  maxBytes: 16_384,
  allowedBytes: (inputBytes) => 96_000_000 + 5000 * inputBytes,
  open() {
    const logger = createLogger({ service: 'fuzz', level: 'silent' });
    const conversation = fc
      .tuple(fc.array(replayRequest, { minLength: 1, maxLength: 3 }), fc.boolean())
      .map(([requests, again]) => joinFrames([...requests, ...(again ? requests.slice(0, 1) : [])]));
    return {
      seeds: drawn(conversation, 24),
      grammar: conversation,
      mutate: (bytes, random) => mutateFrames(bytes, random, { most: REQUESTS }),
      async run(input) {
        const log = await logWithLetters();
        const engine = createIngestEngine(
          { log, logger, runtime: frozenRuntime, onFenced: () => {} },
          { limits: { maxMessageBytes: MAX_BYTES, maxCities: 200 } },
        );
        engine.ready();
        const replay = createReplayHandler(engine.context);
        const reached = new Set<string>();
        let appended = 0;
        for (const request of splitFrames(input, REQUESTS)) {
          const answer = await callReplay(replay, Buffer.from(request));
          appended += answer.appended;
          for (const name of answer.reached) reached.add(name);
        }
        await engine.drain();
        engine.stop();
        for (const name of await applyLog(log, appended)) reached.add(name);
        const name = [...reached].sort().join('+');
        return appended > 0 ? accepted(name) : refused(name);
      },
    };
  },
};

/** A log in which letters can have been. */
async function logWithLetters(): Promise<Log> {
  const log = createMemoryLog({ partitionCount: PARTITIONS, now: frozenRuntime.now });
  const tick = encodeTick();
  for (let record = 0; record < RECORDS_BEFORE; record += 1) {
    await log.append(Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, bytes: tick })));
  }
  return log;
}

interface Answer {
  readonly appended: number;
  readonly reached: readonly string[];
}

/** Every row of a request that is taken is appended or refused with a sentence. */
function callReplay(replay: ReturnType<typeof createReplayHandler>, request: Buffer): Promise<Answer> {
  const call = { metadata: new Metadata(), request, cancelled: false, getPeer: () => 'ipv4:127.0.0.1:40000' };
  return new Promise((resolve, reject) => {
    replay(call as unknown as ServerUnaryCall<Buffer, Buffer>, (error, bytes) => {
      if (error !== null) {
        const { code } = error;
        if (code === INVALID_ARGUMENT || code === RESOURCE_EXHAUSTED)
          resolve({ appended: 0, reached: [`code ${code}`] });
        else reject(new Error(`Ingest answers ${code}: ${error.details}`, { cause: error }));
        return;
      }
      const { appended, refused: turnedAway } = fromBinary(ReplayResponseSchema, bytes!);
      const { rows } = fromBinary(ReplayRequestSchema, request);
      if (appended + turnedAway.length !== rows.length || turnedAway.some(({ message }) => message === '')) {
        reject(new Error(`${appended} appended + ${turnedAway.length} refused of ${rows.length} rows`));
        return;
      }
      resolve({ appended, reached: turnedAway.map(({ reason }) => `refused ${reason}`) });
    });
  });
}

/** Applies all that the log holds: as many rows as were told of, each letter counted once. */
async function applyLog(log: Log, appended: number): Promise<Set<string>> {
  const reader = createRecordReader();
  const reached = new Set<string>();
  let rows = 0;
  for (const [partition, { start, end }] of await log.extents(allPartitions(log.partitionCount))) {
    const state = createPartitionState({ partition, settings: RESULT_SETTINGS });
    const letters = new Set<string>();
    for (let offset = start; offset < end; offset += 1) {
      const entry = (await log.readAt(partition, offset))!;
      const record = reader.decode(entry.bytes);
      if (record.kind === 'observations') {
        rows += record.rowCount + record.rejectedRows.length;
        if (record.replay === undefined) throw new Error('A replay was appended as something else');
        const { offset: offsets, row } = record.replay;
        for (const [index, at] of offsets.entries()) letters.add(`${at}/${row[index]}`);
      }
      if (!state.apply(entry, record)) throw new Error(`Record ${offset} is not applied`);
    }
    const { applied, dead, duplicate, rejected } = state.counters;
    if (applied > letters.size) throw new Error(`${applied} rows applied of ${letters.size} letters`);
    for (const [name, count] of Object.entries({ applied, dead, duplicate, rejected }))
      if (count > 0) reached.add(name);
  }
  if (rows !== appended) throw new Error(`${appended} rows told of, ${rows} in the log`);
  return reached;
}
