import { asIsothermError, type ErrorCode } from '@isotherm/service-kit';
import type { HttpRequest, HttpResponse } from './node-http.ts';
import { sendBody } from './responses.ts';

/** HTTP status of each code, as google.rpc.Code documents it. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  ABORTED: 409,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  DATA_LOSS: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
};

/** A city in an error: what to ask for instead. */
export interface NearMatch {
  readonly city_id: string;
  readonly name: string;
  readonly country: string;
}

/** An error as JSON for people: `{error: {id, message, advice, near, …}}`. */
export function sendError(
  request: HttpRequest,
  response: HttpResponse,
  options: { readonly thrown: unknown; nearOf(ids: readonly string[]): readonly NearMatch[]; readonly status?: number },
): void {
  const error = asIsothermError(options.thrown);
  const ids = (error.metadata['near'] ?? '').split(',').filter((id) => id !== '');
  const body = {
    error: {
      id: error.id,
      message: error.message,
      advice: error.advice,
      near: options.nearOf(ids),
      ...(error.violations.length === 0 ? {} : { fields: error.violations }),
      ...(error.retryAfterMs === undefined ? {} : { retry_after_seconds: error.retryAfterMs / 1000 }),
    },
  };
  sendBody(request, response, {
    status: options.status ?? STATUS[error.code],
    contentType: 'application/json; charset=utf-8',
    bytes: Buffer.from(`${JSON.stringify(body, null, 2)}\n`),
    cacheControl: 'no-store',
    headers: {
      ...(error.retryAfterMs !== undefined && {
        'retry-after': String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))),
      }),
      // RFC 9110, 11.6.1: a 401 says how to come back.
      ...(error.code === 'UNAUTHENTICATED' && { 'www-authenticate': 'Bearer' }),
    },
  });
}
