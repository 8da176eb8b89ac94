import { create, toBinary } from '@bufbuild/protobuf';
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { IngestStreamResponseSchema } from '@isotherm/contracts/ingest/v1/ingest_service';
import { INGEST_DEFINITION } from '../src/rpc/ingest-definition.ts';

/** The reference: a server that answers every message without looking into it. */
export async function startTransportServer(): Promise<{ port: number; close: () => void }> {
  const server = new Server();
  const answer = create(IngestStreamResponseSchema, {
    sequence: 1n,
    result: { case: 'ack', value: { accepted: 1000 } },
  });
  const bytes = Buffer.from(toBinary(IngestStreamResponseSchema, answer));
  server.addService(INGEST_DEFINITION, {
    ingest: () => undefined,
    ingestStream: (call: ServerDuplexStream<Buffer, Buffer>) => {
      let started = false;
      call.on('data', () => {
        if (started) call.write(bytes);
        started = true;
      });
      call.on('end', () => call.end());
      call.on('error', () => undefined);
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { port, close: () => server.forceShutdown() };
}
