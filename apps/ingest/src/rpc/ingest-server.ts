import { Server, ServerCredentials, setLogger } from '@grpc/grpc-js';
import { IngestService as IngestServiceDescription } from '@isotherm/contracts/ingest/v1/ingest_service';
import {
  createRefusalLog,
  type Logger,
  listenError,
  permissionOf,
  type ServerTls,
  serverTlsOptions,
} from '@isotherm/service-kit';
import { HealthImplementation } from 'grpc-health-check';
import { authenticateFirst } from './authenticate-first.ts';
import type { CallContext } from './call-context.ts';
import { INGEST_DEFINITION, REPLAY_DEFINITION } from './ingest-definition.ts';
import { addReflection } from './reflection.ts';
import { createReplayHandler } from './replay-call.ts';
import { createStreamCalls, type StreamCalls } from './stream-call.ts';
import { createUnaryHandler } from './unary-call.ts';

/** Where a server listens, and what it shows. */
export interface ListenAt {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Undefined: plain text. */
  readonly tls: ServerTls | undefined;
}

/** The gRPC server of ingest, listening. */
export interface IngestServer {
  /** Port of each address, in the order given. */
  readonly ports: readonly number[];
  readonly streams: StreamCalls;
  /** Tells health checks that this server cannot do its work. */
  fail(): void;
  /** Tells health checks and open streams that this server goes away. */
  drain(): void;
  /** Waits at most `graceMs` for open calls, then ends them. */
  close(graceMs: number): Promise<void>;
}

/** How much longer than allowed a message may be and still be refused in our own words. */
const MESSAGE_MARGIN = 2;

/** Starts listening at every address. @throws IsothermError PORT_IN_USE and its kin, TLS_INVALID. */
export async function startIngestServer(deps: CallContext, addresses: readonly ListenAt[]): Promise<IngestServer> {
  setLogger(grpcLogger(deps.logger));
  const server = new Server({
    interceptors: [
      authenticateFirst({
        check: (call, method) => deps.admission.check(call, permissionOf(method)),
        refusals: createRefusalLog(deps.logger),
        onRefused: (tenant, error) => deps.telemetry.refused({ tenant, error }),
        runtime: deps.runtime,
      }),
    ],
    'grpc.max_receive_message_length': deps.limits.maxMessageBytes * MESSAGE_MARGIN,
    'grpc.max_concurrent_streams': 1_000,
    // Peers that vanished without a word are let go, with their streams' dictionaries.
    'grpc.keepalive_time_ms': 60_000,
    'grpc.keepalive_timeout_ms': 20_000,
  });
  const streams = createStreamCalls(deps);
  server.addService(INGEST_DEFINITION, {
    ingest: createUnaryHandler(deps),
    ingestStream: (call: Parameters<StreamCalls['handle']>[0]) => streams.handle(call),
  });
  server.addService(REPLAY_DEFINITION, { replay: createReplayHandler(deps) });
  const health = new HealthImplementation({ '': 'SERVING', [IngestServiceDescription.typeName]: 'SERVING' });
  health.addToServer(server);
  addReflection(server);
  const ports: number[] = [];
  try {
    for (const address of addresses) ports.push(await bind(server, address));
  } catch (error) {
    server.forceShutdown();
    throw error;
  }
  const stopServing = (): void => {
    health.setStatus('', 'NOT_SERVING');
    health.setStatus(IngestServiceDescription.typeName, 'NOT_SERVING');
  };
  return {
    ports,
    streams,
    fail: stopServing,
    drain() {
      stopServing();
      streams.drain();
    },
    close: (graceMs) => shutDown(server, graceMs),
  };
}

async function bind(server: Server, { host, port, tls }: ListenAt): Promise<number> {
  const credentials = credentialsOf(tls);
  return new Promise((resolve, reject) => {
    const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    server.bindAsync(address, credentials, (error, bound) => {
      if (error === null) resolve(bound);
      else reject(listenError(withCode(error), 'gRPC ingest', { host, port }));
    });
  });
}

/** grpc-js reports a failed bind as text alone. */
function withCode(error: Error): Error {
  const code = /\b(EADDRINUSE|EACCES)\b/.exec(error.message)?.[1];
  return code === undefined ? error : Object.assign(new Error(error.message, { cause: error }), { code });
}

function credentialsOf(tls: ServerTls | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const { cert, key, ca, requestCert } = serverTlsOptions(tls, 'gRPC ingest');
  return ServerCredentials.createSsl(ca ?? null, [{ cert_chain: cert, private_key: key }], requestCert);
}

/** What grpc-js has to say is for those who look closely: what matters of it reaches callers as errors. */
function grpcLogger(logger: Logger): Partial<Console> {
  const debug = (...parts: unknown[]) => logger.debug({ grpc: parts.map(String).join(' ') }, 'gRPC library reported');
  return { error: debug, info: debug, debug };
}

function shutDown(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.forceShutdown(), graceMs);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
