import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { Client, type ClientDuplexStream, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { type Status, StatusSchema } from '@isotherm/contracts/google/rpc/status';
import {
  type BatchAck,
  IngestRequestSchema,
  IngestResponseSchema,
  IngestStreamRequestSchema,
  type IngestStreamResponse,
  IngestStreamResponseSchema,
  type StreamStartSchema,
} from '@isotherm/contracts/ingest/v1/ingest_service';
import { encodeStreamBatch, type StreamBatchInput } from '@isotherm/observation-wire';

const asIs = (bytes: Buffer): Buffer => bytes;
const SERVICE = '/isotherm.ingest.v1.IngestService';

/** A failed call: its code and the google.rpc.Status in its trailer. */
export interface CallFailure {
  readonly code: number;
  readonly message: string;
  readonly status: Status | undefined;
}

/** A client that sends bytes, good ones and bad ones. */
export interface IngestClient {
  ingest(request: MessageInitShape<typeof IngestRequestSchema>): Promise<BatchAck>;
  ingestBytes(bytes: Uint8Array, options?: { readonly deadlineMs?: number }): Promise<BatchAck>;
  openStream(start?: MessageInitShape<typeof StreamStartSchema>): IngestStreamClient;
  close(): void;
}

/** A stream of batches. */
export interface IngestStreamClient {
  readonly call: ClientDuplexStream<Buffer, Buffer>;
  send(batch: StreamBatchInput): void;
  sendBytes(bytes: Uint8Array): void;
  /** The next answer; rejects with the {@link CallFailure} the stream ended with. */
  next(): Promise<IngestStreamResponse>;
  /** Half-closes. */
  end(): void;
  /** Resolves with the failure the stream ends with; undefined if it ends well. */
  readonly ended: Promise<CallFailure | undefined>;
}

/** Connects to a port of this machine, with a token or without. */
export function connectIngest(port: number, token?: string): IngestClient {
  const headers = new Metadata();
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.max_send_message_length': -1,
    'grpc.use_local_subchannel_pool': 1,
  });
  return {
    ingest: (request) =>
      unary(client, toBinary(IngestRequestSchema, create(IngestRequestSchema, request)), { headers }),
    ingestBytes: (bytes, options) => unary(client, bytes, { headers, ...options }),
    openStream(start = {}) {
      const stream = createStream(client.makeBidiStreamRequest(`${SERVICE}/IngestStream`, asIs, asIs, headers));
      const message = create(IngestStreamRequestSchema, { message: { case: 'start', value: start } });
      stream.sendBytes(toBinary(IngestStreamRequestSchema, message));
      return stream;
    },
    close: () => client.close(),
  };
}

function unary(
  client: Client,
  bytes: Uint8Array,
  { headers, deadlineMs = 20_000 }: { readonly headers: Metadata; readonly deadlineMs?: number },
): Promise<BatchAck> {
  return new Promise((resolve, reject) => {
    const deadline = Date.now() + deadlineMs;
    client.makeUnaryRequest(
      `${SERVICE}/Ingest`,
      asIs,
      asIs,
      Buffer.from(bytes),
      headers,
      { deadline },
      (error, answer) => {
        if (error === null) resolve(fromBinary(IngestResponseSchema, answer!).ack!);
        else reject(failureOf(error));
      },
    );
  });
}

function createStream(call: ClientDuplexStream<Buffer, Buffer>): IngestStreamClient {
  const answers: IngestStreamResponse[] = [];
  const waiting: { resolve: (answer: IngestStreamResponse) => void; reject: (failure: unknown) => void }[] = [];
  let failure: CallFailure | undefined;
  const ended = new Promise<CallFailure | undefined>((resolve) => {
    call.on('data', (bytes: Buffer) => {
      const answer = fromBinary(IngestStreamResponseSchema, bytes);
      const waiter = waiting.shift();
      if (waiter === undefined) answers.push(answer);
      else waiter.resolve(answer);
    });
    const finish = (error?: ServiceError): void => {
      failure = error === undefined ? undefined : failureOf(error);
      for (const waiter of waiting.splice(0)) waiter.reject(failure ?? new Error('the stream ended'));
      resolve(failure);
    };
    call.on('error', finish);
    call.on('end', () => setImmediate(finish));
  });
  return {
    call,
    send: (batch) => void call.write(Buffer.from(encodeStreamBatch(batch))),
    sendBytes: (bytes) => void call.write(Buffer.from(bytes)),
    next() {
      const answer = answers.shift();
      if (answer !== undefined) return Promise.resolve(answer);
      if (failure !== undefined) return Promise.reject(failure);
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    end: () => call.end(),
    ended,
  };
}

/** The failure with its details. */
export function failureOf(error: ServiceError): CallFailure {
  const metadata: Metadata | undefined = error.metadata;
  const details = metadata?.get('grpc-status-details-bin')[0];
  return {
    code: error.code,
    message: error.details,
    status: details instanceof Buffer ? fromBinary(StatusSchema, details) : undefined,
  };
}
