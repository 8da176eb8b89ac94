import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import type { ClientRuntime, ClientTimer } from '../client-runtime.ts';
import { IsothermClientError } from '../errors/client-error.ts';
import { errorFromGrpc } from '../errors/from-status.ts';
import { type RetryPolicy, retryDelayMs } from '../errors/retry-policy.ts';
import { createDeferred, type Deferred } from './deferred.ts';
import type { IngestChannel } from './ingest-channel.ts';

/** Who uses a connection, and what it wants to know. */
export interface ConnectionEvents {
  /** Whether a lost connection is to be made again at once; otherwise the next `send` makes it. */
  needed(): boolean;
  /** Connected: the start message is sent, nothing else. */
  opened(): void;
  received(bytes: Uint8Array): void;
  /** It cannot be made again: `abort` it. */
  failed(error: IsothermClientError): void;
}

/** One gRPC stream at a time, made again when it breaks. */
export interface StreamConnection {
  /** Sends if connected; otherwise sees to it that `opened` will be called. */
  send(bytes: () => Uint8Array): void;
  /** Set while more should not be written, by gRPC's flow control; resolves when that changes. */
  readonly full: Promise<void> | undefined;
  /** The platform answered: the connection works, so the next loss starts with a short pause. */
  proven(): void;
  /** Ends the sending side and waits for the platform to end the other. `abort` afterwards. */
  end(): Promise<void>;
  /** Drops the connection for good, without an event. Idempotent. */
  abort(): void;
}

type Call = ClientDuplexStream<Uint8Array, Uint8Array>;

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
  /** `wanted` is open, being opened, or to be opened after a pause. */
  let state: 'idle' | 'wanted' | 'over' = 'idle';
  let call: Call | undefined;
  let timer: ClientTimer | undefined;
  /** Losses since something was last answered. */
  let losing: { count: number; readonly sinceMs: number } | undefined;
  let drained: Deferred<void> | undefined;

  function letWriters(): void {
    drained?.resolve();
    drained = undefined;
  }

  function put(to: Call, bytes: Uint8Array): void {
    if (!to.write(bytes)) drained ??= createDeferred();
  }

  function connect(): void {
    state = 'wanted';
    channel.openStream().then(attach, (cause) => {
      if (state !== 'over') events.failed(tokenFailed(cause));
    });
  }

  function attach(opened: Call): void {
    opened.on('error', (error) => lost(opened, errorFromGrpc(error as ServiceError, channel.target)));
    if (state === 'over') {
      opened.cancel();
      return;
    }
    call = opened;
    opened.on('data', (bytes: Uint8Array) => events.received(bytes));
    opened.on('drain', letWriters);
    // grpc-js tells every other status by 'error'.
    opened.on('status', ({ code }) => code === 0 && lost(opened, endedEarly(channel.target)));
    put(opened, options.start);
    events.opened();
  }

  function lost(from: Call, error: IsothermClientError): void {
    if (call !== from) return;
    call = undefined;
    letWriters();
    if (!events.needed()) {
      state = 'idle';
      return;
    }
    const nowMs = runtime.now();
    losing ??= { count: 0, sinceMs: nowMs };
    losing.count += 1;
    const pace = { policy: retry, elapsedMs: nowMs - losing.sinceMs, random: runtime.random };
    const delayMs = retryDelayMs(error, losing.count, pace);
    if (delayMs === undefined) events.failed(error);
    else timer = runtime.after(delayMs, connect);
  }

  return {
    send(bytes) {
      if (state === 'idle') connect();
      if (call !== undefined) put(call, bytes());
    },
    get full() {
      return drained?.promise;
    },
    proven() {
      losing = undefined;
    },
    async end() {
      if (call === undefined) return;
      const over = createDeferred<void>();
      // It comes after every 'error' as well.
      call.once('status', () => over.resolve());
      call.end();
      await over.promise;
    },
    abort() {
      state = 'over';
      timer?.cancel();
      letWriters();
      call?.cancel();
      call = undefined;
    },
  };
}

function endedEarly(target: string): IsothermClientError {
  const message = `The platform at ${target} ended the stream.`;
  return new IsothermClientError({ code: 'UNAVAILABLE', id: 'STREAM_ENDED', message });
}

function tokenFailed(cause: unknown): IsothermClientError {
  const message = `The token function failed: ${cause instanceof Error ? cause.message : String(cause)}.`;
  return new IsothermClientError({ code: 'UNAUTHENTICATED', id: 'TOKEN_FAILED', message, cause });
}
