import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import type { ClientRuntime, ClientTimer } from '../client-runtime.ts';
import { type ClientErrorCode, IsothermClientError } from '../errors/client-error.ts';
import { errorFromGrpc } from '../errors/from-status.ts';
import { type RetryPolicy, retryDelayMs } from '../errors/retry-policy.ts';
import { createDeferred } from './deferred.ts';
import type { IngestChannel } from './ingest-channel.ts';

/** Who uses a connection, and what it wants to know. */
export interface ConnectionEvents {
  /** Whether a lost connection is to be made again at once; otherwise the next `send` makes it. */
  needed(): boolean;
  /** Connected: the start message is sent, nothing else. */
  opened(): void;
  received(bytes: Uint8Array): void;
  /** It will not be made again. */
  failed(error: IsothermClientError): void;
}

/** One gRPC stream at a time, made again when it breaks. */
export interface StreamConnection {
  /** Sends if connected; otherwise sees to it that `opened` will be called and returns false. */
  send(bytes: () => Uint8Array): boolean;
  /** Resolves when more may be written: gRPC's flow control. */
  writable(): Promise<void>;
  /** The platform answered: the connection works, so the next loss starts with a short pause. */
  proven(): void;
  /** Ends the sending side and waits for the platform to end the other. */
  end(): Promise<void>;
  /** Drops the connection for good, without an event. Idempotent. */
  abort(): void;
}

type Call = ClientDuplexStream<Uint8Array, Uint8Array>;

/** Failures of a connection that say nothing about the request, when the platform itself did not explain them. */
const LOSSES: readonly ClientErrorCode[] = ['UNAVAILABLE', 'INTERNAL', 'UNKNOWN', 'CANCELLED', 'ABORTED'];

/** A connection that opens with `start`. Nothing is opened before the first `send`. */
export function createStreamConnection(
  channel: IngestChannel,
  options: {
    readonly start: Uint8Array;
    readonly retry: RetryPolicy;
    readonly events: ConnectionEvents;
    readonly runtime: ClientRuntime;
  },
): StreamConnection {
  const { events, retry, runtime } = options;
  let state: 'idle' | 'connecting' | 'open' | 'waiting' | 'over' = 'idle';
  let call: Call | undefined;
  let timer: ClientTimer | undefined;
  let losses = 0;
  let failingSinceMs = 0;
  let gate = openGate();
  let gateClosed = false;

  function letWriters(): void {
    gateClosed = false;
    gate.resolve();
  }

  function connect(): void {
    state = 'connecting';
    channel.openStream().then(attach, (cause) => {
      if (state === 'connecting') fail(tokenFailed(cause));
    });
  }

  function attach(opened: Call): void {
    opened.on('error', (error) => lost(opened, errorFromGrpc(error as ServiceError, channel.target)));
    if (state !== 'connecting') {
      opened.cancel();
      return;
    }
    state = 'open';
    call = opened;
    opened.on('data', (bytes: Uint8Array) => events.received(bytes));
    opened.on('drain', letWriters);
    // grpc-js tells every other status by 'error'.
    opened.on('status', ({ code }) => code === 0 && lost(opened, endedEarly(channel.target)));
    opened.write(options.start);
    events.opened();
  }

  function lost(from: Call, error: IsothermClientError): void {
    if (call !== from) return;
    call = undefined;
    letWriters();
    if (state === 'over') return;
    state = 'idle';
    if (losses === 0) failingSinceMs = runtime.now();
    losses += 1;
    const elapsedMs = runtime.now() - failingSinceMs;
    const delayMs = retryDelayMs(asLoss(error), losses, { policy: retry, elapsedMs, random: runtime.random });
    if (delayMs === undefined) {
      fail(error);
    } else if (events.needed()) {
      state = 'waiting';
      timer = runtime.after(delayMs, connect);
    }
  }

  function fail(error: IsothermClientError): void {
    abort();
    events.failed(error);
  }

  function abort(): void {
    state = 'over';
    timer?.cancel();
    letWriters();
    call?.cancel();
  }

  return {
    send(bytes) {
      if (state === 'idle') connect();
      if (state !== 'open' || call === undefined) return false;
      if (!call.write(bytes()) && !gateClosed) {
        gateClosed = true;
        gate = createDeferred();
      }
      return true;
    },
    writable: () => gate.promise,
    proven() {
      losses = 0;
    },
    async end() {
      const last = call;
      state = 'over';
      timer?.cancel();
      if (last === undefined) return;
      const over = createDeferred<void>();
      last.once('status', () => over.resolve()).once('error', () => over.resolve());
      last.end();
      await over.promise;
    },
    abort,
  };
}

function openGate() {
  const gate = createDeferred<void>();
  gate.resolve();
  return gate;
}

function asLoss(error: IsothermClientError): IsothermClientError {
  const explained = error.id !== error.code && error.id !== 'UNREACHABLE';
  if (explained || error.retryable || !LOSSES.includes(error.code)) return error;
  return new IsothermClientError({ ...error, message: error.message, retryable: true });
}

function endedEarly(target: string): IsothermClientError {
  const message = `The platform at ${target} ended the stream.`;
  return new IsothermClientError({ code: 'UNAVAILABLE', id: 'STREAM_ENDED', message, retryable: true });
}

function tokenFailed(cause: unknown): IsothermClientError {
  const message = `The token function failed: ${cause instanceof Error ? cause.message : String(cause)}.`;
  return new IsothermClientError({ code: 'UNAUTHENTICATED', id: 'TOKEN_FAILED', message, cause });
}
