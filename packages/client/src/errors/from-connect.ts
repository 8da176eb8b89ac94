import { ConnectError } from '@connectrpc/connect';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '@isotherm/contracts/google/rpc/error_details';
import { codeName, IsothermClientError } from './client-error.ts';

/** Anything a Connect call threw, as the client's error. */
export function errorFromConnect(thrown: unknown, target: string): IsothermClientError {
  if (thrown instanceof IsothermClientError) return thrown;
  const error = ConnectError.from(thrown);
  const code = codeName(error.code);
  const info = error.findDetails(ErrorInfoSchema)[0];
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  const violations = error.findDetails(BadRequestSchema)[0]?.fieldViolations ?? [];
  const unreachable = code === 'UNAVAILABLE' && info === undefined;
  return new IsothermClientError({
    code,
    id: info?.reason ?? (unreachable ? 'UNREACHABLE' : code),
    message: unreachable ? `Nothing answers at ${target}: ${error.rawMessage}.` : error.rawMessage,
    retryAfterMs: delay === undefined ? undefined : Number(delay.seconds) * 1000 + delay.nanos / 1e6,
    violations: violations.map(({ field, description }) => ({ field, description })),
    metadata: info?.metadata ?? {},
    cause: error,
  });
}
