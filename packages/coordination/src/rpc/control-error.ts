import { type ServiceError, status } from '@grpc/grpc-js';
import { type ErrorCode, IsothermError } from '@isotherm/service-kit';

/** A failed control call: names the shard, the call and what gRPC said. */
export function controlError(name: string, method: string, error: ServiceError): IsothermError {
  const code = (status[error.code] ?? 'INTERNAL') as string;
  return new IsothermError({
    code: CODES.has(code) ? (code as ErrorCode) : 'UNAVAILABLE',
    id: 'CONTROL_CALL_FAILED',
    message: `${name} did not do ${method}: ${error.details === '' ? code : error.details}`,
    metadata: { shard: name, call: method },
    ...(code === 'UNAVAILABLE' || code === 'DEADLINE_EXCEEDED' ? { retryAfterMs: 1_000 } : {}),
    cause: error,
  });
}

const CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'INVALID_ARGUMENT',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'FAILED_PRECONDITION',
  'RESOURCE_EXHAUSTED',
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'ABORTED',
  'DATA_LOSS',
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
  'UNIMPLEMENTED',
  'INTERNAL',
]);
