import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import {
  ReplayRequestSchema,
  type ReplayResponse,
  ReplayResponseSchema,
  type ReplayRowSchema,
} from '@isotherm/contracts/ingest/v1/replay_service';
import { failureOf } from './ingest-client.ts';

const asIs = (bytes: Buffer): Buffer => bytes;

/** A client of ReplayService; failures are `CallFailure`s. */
export interface ReplayClient {
  replay(...rows: MessageInitShape<typeof ReplayRowSchema>[]): Promise<ReplayResponse>;
  replayBytes(bytes: Uint8Array): Promise<ReplayResponse>;
  close(): void;
}

/** Connects to a port of this machine, with a token or without. */
export function connectReplay(port: number, token?: string): ReplayClient {
  const headers = new Metadata();
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const replayBytes = (bytes: Uint8Array): Promise<ReplayResponse> =>
    new Promise((resolve, reject) => {
      const path = '/isotherm.ingest.v1.ReplayService/Replay';
      client.makeUnaryRequest(path, asIs, asIs, Buffer.from(bytes), headers, (error, answer) => {
        if (error === null) resolve(fromBinary(ReplayResponseSchema, answer!));
        else reject(failureOf(error));
      });
    });
  return {
    replay: (...rows) => replayBytes(toBinary(ReplayRequestSchema, create(ReplayRequestSchema, { rows }))),
    replayBytes,
    close: () => client.close(),
  };
}
