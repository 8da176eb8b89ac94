import { create, toBinary } from '@bufbuild/protobuf';
import { type Any, anyPack } from '@bufbuild/protobuf/wkt';
import { Code } from '@isotherm/contracts/google/rpc/code';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '@isotherm/contracts/google/rpc/error_details';
import { type Status, StatusSchema } from '@isotherm/contracts/google/rpc/status';
import { type ErrorCode, IsothermError } from './isotherm-error.ts';

/** Domain of every ErrorInfo. */
export const ERROR_DOMAIN = 'isotherm.dev';

/** Anything thrown, as the one error family. What is not ours becomes INTERNAL: its message stays with us. */
export function asIsothermError(error: unknown): IsothermError {
  if (error instanceof IsothermError) return error;
  if (error instanceof Error && isCallersLeave(error)) {
    return new IsothermError({
      code: 'DEADLINE_EXCEEDED',
      id: 'CANCELLED',
      message: 'The call was cancelled.',
      cause: error,
    });
  }
  return new IsothermError({
    code: 'INTERNAL',
    id: 'INTERNAL',
    message: 'Something failed inside the platform; its log says what.',
    cause: error,
  });
}

/** Whether somebody left in the middle: a signal aborted, or Node's HTTP server lost the connection of a request it was reading. */
function isCallersLeave(error: Error & { readonly code?: unknown }): boolean {
  return error.name === 'AbortError' || (error.code === 'ECONNRESET' && error.message === 'aborted');
}

/** Number of a code in google.rpc.Code, which is gRPC's. */
export function codeNumber(code: ErrorCode): number {
  return Code[code];
}

/** What a client is told in one string: what happened, then what to do. */
export function messageOf(error: IsothermError): string {
  return error.advice === '' ? error.message : `${error.message} ${error.advice}`;
}

/** When to retry, as gRPC libraries that follow a service config (gRFC A6) and HTTP clients (RFC 9110, 10.2.3) read it. */
export function retryHeaders({ retryAfterMs }: IsothermError): Readonly<Record<string, string>> {
  if (retryAfterMs === undefined) return {};
  return {
    'grpc-retry-pushback-ms': String(Math.ceil(retryAfterMs)),
    'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))),
  };
}

/** The error as google.rpc.Status with ErrorInfo, and RetryInfo and BadRequest where they apply. */
export function toStatus(thrown: unknown): Status {
  const error = asIsothermError(thrown);
  return create(StatusSchema, { code: codeNumber(error.code), message: messageOf(error), details: detailsOf(error) });
}

/** The same in protobuf's binary form: the value of the `grpc-status-details-bin` trailer. */
export function statusBytes(thrown: unknown): Uint8Array {
  return toBinary(StatusSchema, toStatus(thrown));
}

function detailsOf(error: IsothermError): Any[] {
  const details = [
    anyPack(
      ErrorInfoSchema,
      create(ErrorInfoSchema, { reason: error.id, domain: ERROR_DOMAIN, metadata: { ...error.metadata } }),
    ),
  ];
  if (error.retryAfterMs !== undefined) {
    const seconds = Math.floor(error.retryAfterMs / 1000);
    const nanos = Math.round((error.retryAfterMs - seconds * 1000) * 1e6);
    details.push(
      anyPack(RetryInfoSchema, create(RetryInfoSchema, { retryDelay: { seconds: BigInt(seconds), nanos } })),
    );
  }
  if (error.violations.length > 0) {
    details.push(anyPack(BadRequestSchema, create(BadRequestSchema, { fieldViolations: [...error.violations] })));
  }
  return details;
}
