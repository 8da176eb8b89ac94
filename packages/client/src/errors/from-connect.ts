import { Code, ConnectError } from '@connectrpc/connect';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '@isotherm/contracts/google/rpc/error_details';
import { codeName, IsothermClientError } from './client-error.ts';

/** Anything a Connect call threw, as the client's error. */
export function errorFromConnect(thrown: unknown, target: string): IsothermClientError {
  if (thrown instanceof IsothermClientError) return thrown;
  const error = ConnectError.from(thrown);
  if (error.cause instanceof IsothermClientError) return error.cause;
  const info = error.findDetails(ErrorInfoSchema)[0];
  if (info === undefined && isLost(error)) return connectionLost(error, target);
  const code = codeName(error.code);
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  const violations = error.findDetails(BadRequestSchema)[0]?.fieldViolations ?? [];
  return new IsothermClientError({
    code,
    id: info?.reason ?? code,
    message: error.rawMessage,
    retryAfterMs: delay === undefined ? undefined : Number(delay.seconds) * 1000 + delay.nanos / 1e6,
    violations: violations.map(({ field, description }) => ({ field, description })),
    metadata: info?.metadata ?? {},
    cause: error,
  });
}

/** How connect-es says that an answer stopped in the middle. */
const CUT_OFF = /missing EndStreamResponse|premature EOF|protocol error: incomplete|^aborted$/;

/** Whether the platform did not answer, or stopped in the middle of its answer: nothing says what became of the call. */
function isLost(error: ConnectError): boolean {
  if (error.code === Code.Unavailable) return true;
  if (error.code === Code.Canceled || error.code === Code.DeadlineExceeded) return false;
  return error.code === Code.Aborted || CUT_OFF.test(error.rawMessage) || isSystemError(error.cause);
}

/** Node's errors of sockets and streams have a code like ECONNRESET or ERR_STREAM_PREMATURE_CLOSE. */
function isSystemError(cause: unknown): boolean {
  for (let at = cause; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && /^(E[A-Z]|ERR_(STREAM|HTTP2|SOCKET))/.test(at.code)) return true;
  }
  return false;
}

function connectionLost(error: ConnectError, target: string): IsothermClientError {
  const refused = error.code === Code.Unavailable;
  return new IsothermClientError({
    code: 'UNAVAILABLE',
    id: refused ? 'UNREACHABLE' : 'CONNECTION_LOST',
    message: refused
      ? `Nothing answers at ${target}: ${error.rawMessage}.`
      : `The connection to ${target} was lost: ${error.rawMessage}.`,
    cause: error,
  });
}
