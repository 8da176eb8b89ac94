import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { type ReplayRequest, type ReplayResponse, ReplayService } from '@isotherm/contracts/ingest/v1/replay_service';
import { grpcDefinition, toGrpcError } from '@isotherm/service-kit';
import { createFakeReplayPort, type FakeReplayPort } from './fake-replay-port.ts';

/** Ingest's ReplayService in this process: the real protocol over a port in memory. */
export interface FakeIngest extends AsyncDisposable {
  readonly address: string;
  readonly port: FakeReplayPort;
  /** The authorization that each call carried. */
  readonly authorizations: string[];
}

/** Starts it on a free port. */
export async function startFakeIngest(): Promise<FakeIngest> {
  const server = new Server();
  const port = createFakeReplayPort();
  const authorizations: string[] = [];
  const call = { signal: new AbortController().signal, deadlineMs: 0 };
  server.addService(grpcDefinition(ReplayService), {
    replay(sent: ServerUnaryCall<ReplayRequest, ReplayResponse>, answer: sendUnaryData<ReplayResponse>): void {
      authorizations.push(String(sent.metadata.get('authorization')[0] ?? ''));
      port.replay(sent.request.rows, call).then(
        (response) => answer(null, response),
        (error: unknown) => answer(toGrpcError(error)),
      );
    },
  });
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, found) => {
      if (error === null) resolve(found);
      else reject(error);
    });
  });
  return {
    address: `127.0.0.1:${bound}`,
    port,
    authorizations,
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
    },
  };
}
