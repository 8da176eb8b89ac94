import { fromBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { type ServiceError, status } from '@grpc/grpc-js';
import { ErrorInfoSchema, RetryInfoSchema } from '@isotherm/contracts/google/rpc/error_details';
import { StatusSchema } from '@isotherm/contracts/google/rpc/status';
import { type ErrorCode, IsothermError } from '@isotherm/service-kit';

const RETRY_AFTER_MS = 1000;

/** A failed call to a shard as this API tells it: a shard that is away or has moved on can be asked again. */
export function shardError(shard: string, thrown: unknown): IsothermError {
  if (thrown instanceof IsothermError) return thrown;
  const cause = thrown as ServiceError;
  const details = readDetails(cause);
  const message = cause.details ?? String(thrown);
  const common = { message, cause, metadata: { ...details.metadata, shard } };
  switch (cause.code) {
    case status.UNAVAILABLE:
      if (details.reason === 'PARTITION_NOT_READY') break;
      return new IsothermError({
        ...common,
        code: 'UNAVAILABLE',
        id: 'SHARD_UNAVAILABLE',
        message: `Compute shard ${shard} does not answer.`,
        advice: 'Ask again shortly; cities of other shards are not concerned.',
        retryAfterMs: details.retryAfterMs ?? RETRY_AFTER_MS,
      });
    case status.FAILED_PRECONDITION:
      if (details.reason !== 'WRONG_SHARD') break;
      return new IsothermError({
        ...common,
        code: 'UNAVAILABLE',
        id: 'CITY_MOVED',
        message: `The city is not on compute shard ${shard} any more.`,
        advice: 'Ask again shortly.',
        retryAfterMs: details.retryAfterMs ?? RETRY_AFTER_MS,
      });
    case status.DEADLINE_EXCEEDED:
    case status.CANCELLED:
      return new IsothermError({
        ...common,
        code: 'DEADLINE_EXCEEDED',
        id: details.reason ?? 'SHARD_TOO_SLOW',
        message: details.reason === undefined ? `Compute shard ${shard} did not answer in time.` : common.message,
        ...(details.retryAfterMs === undefined ? {} : { retryAfterMs: details.retryAfterMs }),
      });
    case status.INVALID_ARGUMENT:
    case status.RESOURCE_EXHAUSTED:
    case status.UNIMPLEMENTED:
      break;
    default:
      return new IsothermError({
        ...common,
        code: 'INTERNAL',
        id: 'SHARD_FAILED',
        message: `Compute shard ${shard} failed; its log says why.`,
      });
  }
  // What the caller did, in the shard's words.
  return new IsothermError({
    ...common,
    code: status[cause.code] as ErrorCode,
    id: details.reason ?? 'SHARD_REFUSED',
    ...(details.retryAfterMs === undefined ? {} : { retryAfterMs: details.retryAfterMs }),
  });
}

/** What the details of a failed call say, as far as they can be read. */
export function readDetails(error: ServiceError): {
  readonly reason?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly retryAfterMs?: number;
} {
  const [bytes] = error.metadata?.get('grpc-status-details-bin') ?? [];
  if (!(bytes instanceof Uint8Array)) return {};
  let found = {};
  try {
    for (const any of fromBinary(StatusSchema, bytes).details) {
      const info = anyUnpack(any, ErrorInfoSchema);
      if (info !== undefined) found = { ...found, reason: info.reason, metadata: info.metadata };
      const delay = anyUnpack(any, RetryInfoSchema)?.retryDelay;
      if (delay !== undefined) found = { ...found, retryAfterMs: Number(delay.seconds) * 1000 + delay.nanos / 1e6 };
    }
  } catch {
    // Details that cannot be read are no reason to hide the error itself.
  }
  return found;
}
