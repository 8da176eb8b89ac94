import { setTimeout as sleep } from 'node:timers/promises';
import { toBinary } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import type { Interceptor, UnaryRequest } from '@connectrpc/connect';
import { errorFromConnect } from '../errors/from-connect.ts';
import { type RetryPolicy, retryDelayMs } from '../errors/retry-policy.ts';
import { invalidRequest } from './enum-of.ts';

/** How protobuf-es says that a field does not take a value. */
const UNENCODABLE = /^cannot encode field [\w.]*?(\w+) to binary: (.*)$/s;

const TIMEOUT_HEADER = 'connect-timeout-ms';

/**
 * Sends a unary call again while the platform, or the loss of a connection, says that it may succeed later: by its
 * RetryInfo, within the policy and the call's deadline. Calls that may not be sent twice are sent once.
 */
export function retryCalls(target: string, policy: RetryPolicy): Interceptor {
  return (next) => async (request) => {
    if (request.stream) return next(request);
    checkEncodable(request);
    const mayRepeat = request.method.idempotency !== MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN;
    const startedMs = performance.now();
    const timeoutMs = Number(request.header.get(TIMEOUT_HEADER) ?? Number.POSITIVE_INFINITY);
    const within = { ...policy, maxElapsedMs: Math.min(policy.maxElapsedMs, timeoutMs) };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await next(request);
      } catch (thrown) {
        const error = errorFromConnect(thrown, target);
        const elapsedMs = performance.now() - startedMs;
        const delayMs = retryDelayMs(error, attempt, { policy: within, elapsedMs, random: Math.random });
        if (!mayRepeat || delayMs === undefined || request.signal.aborted) throw error;
        await sleep(delayMs, undefined, { signal: request.signal });
      }
    }
  };
}

/** A value that the schema has no place for, as 1.5 hours: the codec names its field. */
function checkEncodable({ method, message }: UnaryRequest): void {
  try {
    toBinary(method.input, message);
  } catch (error) {
    const [, field, reason] = UNENCODABLE.exec(error instanceof Error ? error.message : '') ?? [];
    if (field === undefined || reason === undefined) throw error;
    throw invalidRequest(field, reason);
  }
}
