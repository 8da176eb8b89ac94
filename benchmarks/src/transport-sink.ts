import { parentPort } from 'node:worker_threads';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import {
  IngestService,
  IngestStreamRequestSchema,
  IngestStreamResponseSchema,
} from '@isotherm/contracts/ingest/v1/ingest_service';
import { grpcDefinition } from '@isotherm/service-kit';

/** Answers every message of IngestStream without looking inside: the transport alone. */
const definition = grpcDefinition(IngestService);
const raw = Object.fromEntries(
  Object.entries(definition).map(([name, method]) => [
    name,
    { ...method, requestDeserialize: (bytes: Buffer) => bytes, responseSerialize: (bytes: Buffer) => bytes },
  ]),
);
const server = new Server({ 'grpc.max_receive_message_length': 16 << 20 });
server.addService(raw, {
  ingest: () => undefined,
  ingestStream(call: ServerDuplexStream<Buffer, Buffer>) {
    let sequence = 0n;
    call.on('data', (bytes: Buffer) => {
      if (bytes[0] === 0x0a) return;
      sequence++;
      const response = create(IngestStreamResponseSchema, {
        sequence,
        result: { case: 'ack', value: { accepted: rowsOf(bytes) } },
      });
      call.write(Buffer.from(toBinary(IngestStreamResponseSchema, response)));
    });
    call.on('end', () => call.end());
  },
});

/** Rows of a message by its size: six columns of four bytes; only the first, with its dictionary, is decoded. */
function rowsOf(bytes: Buffer): number {
  const small = bytes.length < 30_000 ? Math.floor(bytes.length / 20) : 0;
  if (small > 0) return small;
  const request = fromBinary(IngestStreamRequestSchema, bytes);
  return request.message.case === 'batch' ? (request.message.value.columns?.cityIndex.length ?? 0) : 0;
}

server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  parentPort?.postMessage(`127.0.0.1:${port}`);
});
