import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { Client, type ClientDuplexStream, credentials } from '@grpc/grpc-js';
import { ErrorInfoSchema } from '@isotherm/contracts/google/rpc/error_details';
import {
  IngestStreamRequestSchema,
  type IngestStreamResponse,
  IngestStreamResponseSchema,
} from '@isotherm/contracts/ingest/v1/ingest_service';
import { encodeStreamBatch } from '@isotherm/observation-wire';
import { writeReading } from '../workload.ts';

/** What to send over. */
export interface RawSenderOptions {
  /** Ingest, host:port. */
  readonly address: string;
  readonly cityIds: readonly string[];
  /** Streams, spread over the connections; each sends readings of its share of the cities. */
  readonly streams: number;
  readonly connections: number;
  /** Observations a message. */
  readonly rows: number;
}

/** An answer to one message. */
export interface Answer {
  readonly stream: RawStream;
  readonly rows: number;
  readonly afterMs: number;
  /** Id of the error of a refused message; undefined for an ack. */
  readonly refusedAs: string | undefined;
}

/** A stream that sends whether answers come or not: it resends nothing. */
export interface RawStream {
  /** False while what was written before still waits in the sender's own buffers: flow control. */
  readonly writable: boolean;
  readonly unanswered: number;
  /** Rows of its messages. */
  readonly rows: number;
  send(): void;
}

/** Streams without a client's manners. */
export interface RawSender {
  readonly streams: readonly RawStream[];
  /** Observations acked so far. */
  readonly acked: number;
  /** Whom answers go to. */
  onAnswer: (answer: Answer) => void;
  /** Waits for what is unanswered, then closes. */
  close(): Promise<void>;
}

const PATH = '/isotherm.ingest.v1.IngestService/IngestStream';
const asIs = (bytes: Buffer): Buffer => bytes;
const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Opens all streams; they know their cities once their first message is sent. */
export function openRawSender(options: RawSenderOptions): RawSender {
  const { address, cityIds, streams, connections } = options;
  const clients = Array.from(
    { length: connections },
    () =>
      new Client(address, credentials.createInsecure(), {
        'grpc.use_local_subchannel_pool': 1,
        // With retries on, the library takes messages into a buffer of its own and calls that written.
        'grpc.enable_retries': 0,
      }),
  );
  let acked = 0;
  const share = Math.floor(cityIds.length / streams);
  const opened = Array.from({ length: streams }, (_, index) => {
    const client = clients[index % connections];
    if (client === undefined) throw new Error('there is no connection');
    return openRawStream(client.makeBidiStreamRequest(PATH, asIs, asIs), {
      producerId: `overload-${index}`,
      cityIds: cityIds.slice(index * share, (index + 1) * share),
      rows: options.rows,
      answered(answer) {
        if (answer.refusedAs === undefined) acked += answer.rows;
        sender.onAnswer(answer);
      },
    });
  });
  const sender: RawSender = {
    streams: opened,
    get acked() {
      return acked;
    },
    onAnswer: () => undefined,
    async close() {
      await Promise.all(opened.map((stream) => stream.end()));
      for (const client of clients) client.close();
    },
  };
  return sender;
}

interface RawStreamOptions {
  readonly producerId: string;
  readonly cityIds: readonly string[];
  readonly rows: number;
  readonly answered: (answer: Answer) => void;
}

function openRawStream(
  call: ClientDuplexStream<Buffer, Buffer>,
  { producerId, cityIds, rows, answered }: RawStreamOptions,
): RawStream & { end(): Promise<void> } {
  const cityIndex = Uint32Array.from({ length: rows }, (_, row) => row % cityIds.length);
  const offsetMs = Uint32Array.from({ length: rows }, (_, row) => Math.floor(row / cityIds.length));
  const columns = { t: new Int32Array(rows), h: new Int32Array(rows), w: new Int32Array(rows) };
  for (let row = 0; row < rows; row++) writeReading(row, 0, columns, row);
  const sentMs = new Map<number, number>();
  let sequence = 0;
  let writable = true;
  const over = new Promise<void>((resolve, reject) => {
    call.on('error', reject);
    call.on('end', resolve);
  });
  over.catch(() => undefined);
  call.on('drain', () => {
    writable = true;
  });
  call.on('data', (bytes: Buffer) => {
    const response = fromBinary(IngestStreamResponseSchema, bytes);
    const from = sentMs.get(Number(response.sequence)) ?? Number.NaN;
    sentMs.delete(Number(response.sequence));
    answered({ stream, rows, afterMs: performance.now() - from, refusedAs: refusalOf(response) });
  });
  const start = { case: 'start' as const, value: { producerId, session: BigInt(Date.now()) } };
  call.write(bufferOf(toBinary(IngestStreamRequestSchema, create(IngestStreamRequestSchema, { message: start }))));
  const stream = {
    rows,
    get writable() {
      return writable;
    },
    get unanswered() {
      return sentMs.size;
    },
    send() {
      sequence++;
      sentMs.set(sequence, performance.now());
      const nowMs = Date.now();
      const bytes = encodeStreamBatch({
        sequence,
        createdUnixMs: nowMs,
        columns: {
          cities: sequence === 1 ? cityIds : [],
          cityIndex,
          baseMs: nowMs,
          observedOffsetMs: offsetMs,
          temperature: { scale: 2, unscaled: columns.t },
          humidity: { scale: 2, unscaled: columns.h },
          wind: { scale: 2, unscaled: columns.w },
        },
      });
      writable = call.write(bufferOf(bytes));
    },
    async end() {
      call.end();
      await over;
    },
  };
  return stream;
}

function refusalOf({ result }: IngestStreamResponse): string | undefined {
  if (result.case !== 'error') return undefined;
  for (const detail of result.value.details) {
    const info = anyUnpack(detail, ErrorInfoSchema);
    if (info !== undefined) return info.reason;
  }
  return `code ${result.value.code}`;
}
