import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import { type Any, anyUnpack } from '@bufbuild/protobuf/wkt';
import type { ServiceError } from '@grpc/grpc-js';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '@isotherm/contracts/google/rpc/error_details';
import { type Status, StatusSchema } from '@isotherm/contracts/google/rpc/status';
import { type ClientErrorCode, codeName, IsothermClientError } from './client-error.ts';

/** A google.rpc.Status, as a stream answers a batch with, as the client's error. */
export function errorFromStatus(status: Pick<Status, 'code' | 'message' | 'details'>, cause?: unknown) {
  const find = <Desc extends DescMessage>(schema: Desc) => unpackFirst(status.details, schema);
  const info = find(ErrorInfoSchema);
  const delay = find(RetryInfoSchema)?.retryDelay;
  const code = codeName(status.code);
  return new IsothermClientError({
    code,
    id: info?.reason ?? DEFAULT_IDS[code] ?? code,
    message: status.message,
    retryAfterMs: delay === undefined ? undefined : Number(delay.seconds) * 1000 + delay.nanos / 1e6,
    violations: (find(BadRequestSchema)?.fieldViolations ?? []).map(({ field, description }) => ({
      field,
      description,
    })),
    metadata: info?.metadata ?? {},
    cause,
  });
}

/** A failed grpc-js call as the client's error, with the details of its trailer. */
export function errorFromGrpc(error: ServiceError, target: string): IsothermClientError {
  const trailer = error.metadata?.get('grpc-status-details-bin')[0];
  if (trailer instanceof Uint8Array) {
    try {
      return errorFromStatus(fromBinary(StatusSchema, trailer), error);
    } catch {
      // A trailer that does not parse says less than the status line: fall through.
    }
  }
  const code = codeName(error.code);
  if (code === 'UNAVAILABLE' || LOSSES.includes(code)) {
    const refused = code === 'UNAVAILABLE';
    return new IsothermClientError({
      code: 'UNAVAILABLE',
      id: refused ? 'UNREACHABLE' : 'CONNECTION_LOST',
      message: `${refused ? 'Nothing answers at' : 'The connection was lost to'} ${target}: ${error.details || error.message}.`,
      cause: error,
    });
  }
  return errorFromStatus({ code: error.code, message: error.details || error.message, details: [] }, error);
}

/** Failures of a connection that say nothing about the request, where the platform itself did not explain them. */
const LOSSES: readonly ClientErrorCode[] = ['INTERNAL', 'UNKNOWN', 'CANCELLED', 'ABORTED'];

/** Ids of failures that carry no ErrorInfo: they did not come from the platform's own code. */
const DEFAULT_IDS: Partial<Record<ClientErrorCode, string>> = { UNAVAILABLE: 'UNREACHABLE' };

function unpackFirst<Desc extends DescMessage>(details: readonly Any[], schema: Desc): MessageShape<Desc> | undefined {
  for (const detail of details) {
    const message = anyUnpack(detail, schema);
    if (message !== undefined) return message;
  }
  return undefined;
}
