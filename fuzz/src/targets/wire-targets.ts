import { fromBinary } from '@bufbuild/protobuf';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import {
  IngestRequestSchema,
  type IngestStreamRequest,
  IngestStreamRequestSchema,
} from '@isotherm/contracts/ingest/v1/ingest_service';
import type { ObservationColumns } from '@isotherm/contracts/ingest/v1/observation';
import {
  createIngestRequestDecoder,
  createStreamRequestDecoder,
  type DecodedColumns,
  type DecodedStreamRequest,
  WireError,
} from '@isotherm/observation-wire';
import { accepted, type FuzzTarget, type Outcome, refused } from '../fuzz-target.ts';
import { drawn, streamBatch, streamStart, unaryRequest } from './observation-grammar.ts';

const MAX_ROWS = 4096;
const MAX_BYTES = 65_536;
/** What the decoders make of a message, against its bytes: arrays of numbers out of one-byte varints are the worst. */
const GROWTH = 64;
const allowedBytes = (inputBytes: number) => 2_000_000 + GROWTH * inputBytes;

/** Milliseconds of a time, parts of one cut off. */
function createdMs(time: Timestamp | undefined): number {
  return time === undefined ? 0 : Number(time.seconds) * 1000 + Math.floor(time.nanos / 1e6);
}

/** Messages of a stream, held against what the generated codec makes of them. */
export const streamRequestTarget: FuzzTarget = {
  name: 'stream-request',
  reads: 'messages of IngestStream',
  weight: 30,
  maxBytes: MAX_BYTES + 64,
  allowedBytes,
  open() {
    const decoder = createStreamRequestDecoder({ maxRows: MAX_ROWS, maxMessageBytes: MAX_BYTES });
    return {
      seeds: [...drawn(streamBatch, 40), ...drawn(streamStart, 4)],
      grammar: streamBatch,
      run: (input) =>
        sameResult(
          () => decoder.decode(input),
          () => fromBinary(IngestStreamRequestSchema, input),
          sameRequest,
          ({ kind }) => kind,
        ),
    };
  },
};

/** Unary requests, held against the generated codec. */
export const unaryRequestTarget: FuzzTarget = {
  name: 'unary-request',
  reads: 'requests of Ingest',
  weight: 20,
  maxBytes: MAX_BYTES + 64,
  allowedBytes,
  open() {
    const decoder = createIngestRequestDecoder({ maxRows: MAX_ROWS, maxMessageBytes: MAX_BYTES });
    return {
      // A request holds its columns under the same tag and form as a batch of a stream does.
      seeds: [...drawn(unaryRequest, 30), ...drawn(streamBatch, 20).map(columnsRequest)],
      grammar: unaryRequest,
      run: (input) =>
        sameResult(
          () => decoder.decode(input),
          () => fromBinary(IngestRequestSchema, input),
          (own, generated) =>
            own.rows.length === generated.observations.length &&
            (own.columns === undefined) === (generated.columns === undefined) &&
            (own.columns === undefined || sameColumns(own.columns, generated.columns!)),
          ({ columns }) => (columns === undefined ? 'rows' : 'columns'),
        ),
    };
  },
};

/** Decodes both ways: the hand-written decoder must take exactly what the generated one takes, and read the same. */
function sameResult<Own, Generated>(
  decode: () => Own,
  decodeGenerated: () => Generated,
  same: (own: Own, generated: Generated) => boolean,
  nameOf: (own: Own) => string,
): Outcome {
  let own: Own;
  try {
    own = decode();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    if (error.problem === 'malformed' && !throws(decodeGenerated)) {
      throw new Error('The decoder refuses as malformed what the generated codec takes');
    }
    return refused(error.problem);
  }
  if (!same(own, decodeGenerated())) throw new Error('The decoder reads something else than the generated codec');
  return accepted(nameOf(own));
}

function throws(run: () => unknown): boolean {
  try {
    run();
    return false;
  } catch {
    return true;
  }
}

function sameRequest(own: DecodedStreamRequest, { message }: IngestStreamRequest): boolean {
  switch (own.kind) {
    case 'empty':
      return message.case === undefined;
    case 'start':
      return message.case === 'start' && message.value.producerId === own.producerId;
    case 'batch':
      return (
        message.case === 'batch' &&
        Number(message.value.sequence) === own.sequence &&
        createdMs(message.value.createTime) === own.createdUnixMs &&
        (message.value.columns === undefined
          ? own.columns.cityIndex.length === 0
          : sameColumns(own.columns, message.value.columns))
      );
  }
}

function sameColumns(own: DecodedColumns, generated: ObservationColumns): boolean {
  const pairs: [ArrayLike<unknown>, ArrayLike<unknown>][] = [
    [own.cities, generated.cities],
    [own.sensors, generated.sensors],
    [own.cityIndex, generated.cityIndex],
    [own.observedOffsetMs, generated.observedOffsetMs],
    [own.sensorIndex, generated.sensorIndex],
  ];
  for (const [mine, other] of [
    [own.temperature, generated.temperatureCelsius],
    [own.humidity, generated.relativeHumidityPercent],
    [own.wind, generated.windSpeedMps],
  ] as const) {
    if (mine.scale !== (other?.scale ?? 0)) return false;
    pairs.push([mine.unscaled, other?.unscaled ?? []], [mine.values, other?.values ?? []]);
    pairs.push([mine.missingRows, other?.missingRows ?? []]);
  }
  return own.baseMs === Number(generated.baseUnixMs) && pairs.every(([a, b]) => sameList(a, b));
}

function sameList(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (!Object.is(a[i], b[i])) return false;
  return true;
}

/** The columns of a stream's batch as a unary request. */
function columnsRequest(batch: Uint8Array): Uint8Array {
  const at = batch.indexOf(0x1a);
  return batch.slice(at);
}
