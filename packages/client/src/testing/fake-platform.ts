import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { anyPack, timestampMs } from '@bufbuild/protobuf/wkt';
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { Code } from '@isotherm/contracts/google/rpc/code';
import { ErrorInfoSchema, RetryInfoSchema } from '@isotherm/contracts/google/rpc/error_details';
import { type Status, StatusSchema } from '@isotherm/contracts/google/rpc/status';
import {
  type BatchAck,
  BatchAckSchema,
  IngestRequestSchema,
  IngestResponseSchema,
  IngestStreamRequestSchema,
  IngestStreamResponseSchema,
} from '@isotherm/contracts/ingest/v1/ingest_service';

/** A batch as the fake took it. */
export interface TakenBatch {
  readonly producerId: string;
  readonly session: bigint;
  readonly sequence: number;
  readonly createdMs: number;
  /** City of each row. */
  readonly cities: readonly string[];
  /** From 1, counting streams and unary calls. */
  readonly connection: number;
}

/** What the fake does with a batch: acks it, answers an error, says nothing, or breaks the connection. */
export type Outcome =
  | 'accept'
  | { readonly ack: MessageInitShape<typeof BatchAckSchema> }
  | { readonly error: Status }
  | 'silence'
  | 'hang up';

/** An ingest service in this process that keeps what it is sent and answers as the test says. */
export interface FakePlatform extends AsyncDisposable {
  readonly url: string;
  readonly batches: TakenBatch[];
  /** Decides what happens to a batch. Default: every row is accepted. */
  decide: (batch: TakenBatch) => Outcome;
  /** The authorization header of the last call. */
  authorization: string | undefined;
  /** Whether errors come as from a transport that knows nothing of details. Default false. */
  withoutDetails: boolean;
  /** Acks batches of open streams that were met with silence. */
  ackSilent(): void;
}

/** An error with RetryInfo, as an overloaded platform answers. */
export function overloaded(retryAfterMs: number): Status {
  return create(StatusSchema, {
    code: Code.RESOURCE_EXHAUSTED,
    message: 'The platform takes no more at the moment.',
    details: [
      anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { reason: 'OVERLOADED', domain: 'isotherm.dev' })),
      anyPack(
        RetryInfoSchema,
        create(RetryInfoSchema, { retryDelay: { seconds: 0n, nanos: Math.round(retryAfterMs * 1e6) } }),
      ),
    ],
  });
}

/** Starts the fake on a free port of the loopback interface. */
export async function startFakePlatform(): Promise<FakePlatform> {
  let connections = 0;
  const silent: (() => void)[] = [];
  const server = new Server();
  const fake: FakePlatform = {
    url: '',
    batches: [],
    decide: () => 'accept',
    authorization: undefined,
    withoutDetails: false,
    ackSilent: () => {
      for (const ack of silent.splice(0)) ack();
    },
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
    },
  };
  const decide = (batch: TakenBatch) => {
    fake.batches.push(batch);
    return fake.decide(batch);
  };

  function ingest(call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>): void {
    connections += 1;
    fake.authorization = call.metadata.get('authorization')[0]?.toString();
    const { batch, observations } = fromBinary(IngestRequestSchema, call.request);
    const outcome = decide({
      producerId: batch?.producerId ?? '',
      session: batch?.session ?? 0n,
      sequence: Number(batch?.sequence),
      createdMs: batch?.createTime === undefined ? 0 : timestampMs(batch.createTime),
      cities: observations.map(({ cityId }) => cityId),
      connection: connections,
    });
    if (outcome === 'silence' || outcome === 'hang up') return;
    if (outcome !== 'accept' && 'error' in outcome) {
      const metadata = new Metadata();
      if (!fake.withoutDetails)
        metadata.set('grpc-status-details-bin', Buffer.from(toBinary(StatusSchema, outcome.error)));
      reply({ code: outcome.error.code, details: outcome.error.message, metadata });
      return;
    }
    const ack = outcome === 'accept' ? { accepted: observations.length } : outcome.ack;
    reply(null, Buffer.from(toBinary(IngestResponseSchema, create(IngestResponseSchema, { ack }))));
  }

  function ingestStream(call: ServerDuplexStream<Buffer, Buffer>): void {
    connections += 1;
    const connection = connections;
    const dictionary: string[] = [];
    let identity = { producerId: '', session: 0n };
    const respond = (sequence: bigint, result: { case: 'ack'; value: BatchAck } | { case: 'error'; value: Status }) => {
      const response = create(IngestStreamResponseSchema, { sequence, result });
      call.write(Buffer.from(toBinary(IngestStreamResponseSchema, response)));
    };
    call.on('data', (bytes: Buffer) => {
      const { message } = fromBinary(IngestStreamRequestSchema, bytes);
      if (message.case === 'start') identity = message.value;
      if (message.case !== 'batch') return;
      const { sequence, createTime, columns } = message.value;
      dictionary.push(...(columns?.cities ?? []));
      const rows = columns?.cityIndex ?? [];
      const outcome = decide({
        producerId: identity.producerId,
        session: identity.session,
        sequence: Number(sequence),
        createdMs: createTime === undefined ? 0 : timestampMs(createTime),
        cities: rows.map((city) => dictionary[city] ?? '?'),
        connection,
      });
      const ack = () => respond(sequence, { case: 'ack', value: create(BatchAckSchema, { accepted: rows.length }) });
      if (outcome === 'hang up') call.emit('error', { code: Code.UNAVAILABLE, details: 'going away' });
      else if (outcome === 'silence') silent.push(ack);
      else if (outcome !== 'accept' && 'error' in outcome) respond(sequence, { case: 'error', value: outcome.error });
      else ack();
    });
    call.on('end', () => call.end());
    call.on('error', () => {});
  }

  const raw = { requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same };
  const path = '/isotherm.ingest.v1.IngestService';
  server.addService(
    {
      ingest: { path: `${path}/Ingest`, requestStream: false, responseStream: false, ...raw },
      ingestStream: { path: `${path}/IngestStream`, requestStream: true, responseStream: true, ...raw },
    },
    { ingest, ingestStream },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return Object.assign(fake, { url: `http://127.0.0.1:${port}` });
}

function same(bytes: Buffer): Buffer {
  return bytes;
}
