import type { Metadata, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { abortAfter, type Runtime, systemRuntime } from '@isotherm/runtime';
import { toGrpcError } from '@isotherm/service-kit';

/** Longest a call waits when its caller sets no deadline. */
const DEFAULT_DEADLINE_MS = 10_000;

/** A handler over promises: the caller's deadline and cancellation arrive as a signal, what it throws as a rich error. */
export function unary<Request, Response>(
  runtime: Runtime,
  handle: (request: Request, signal: AbortSignal, metadata: Metadata) => Promise<Response>,
) {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void => {
    const cancelled = new AbortController();
    call.on('cancelled', () => cancelled.abort(new Error('The caller went away')));
    const limit = abortAfter(runtime, remainingMs(call.getDeadline()), cancelled.signal);
    handle(call.request, limit.signal, call.metadata)
      .finally(() => limit.timer.cancel())
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(toGrpcError(error)),
      );
  };
}

/** Time left, short of a margin so that our own error arrives before the caller gives up. */
function remainingMs(deadline: Date | number): number {
  // gRPC makes a deadline of the time left by the system's clock.
  const left = Number(deadline) - systemRuntime.now();
  return Number.isFinite(left) ? Math.max(0, Math.floor(left - Math.min(200, left / 10))) : DEFAULT_DEADLINE_MS;
}
