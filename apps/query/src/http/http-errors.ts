import { asIsothermError, type ErrorCode, IsothermError, retryHeaders } from '@isotherm/service-kit';
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

/** HTTP status of errors that a code alone does not say. */
const STATUS_BY_ID: Readonly<Record<string, number>> = {
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TOO_LARGE: 413,
  MEDIA_TYPE_UNSUPPORTED: 415,
  HOST_NOT_ALLOWED: 403,
  URL_UNKNOWN: 404,
};

/** Content types of calls. */
const CALL_TYPES = 'application/json, application/proto, application/grpc, application/grpc-web';

/** 405: a URL that answers other methods, which are named in `Allow`. */
export function methodNotAllowed(method: string, allowed: readonly string[]): IsothermError {
  const allow = allowed.join(', ');
  return new IsothermError({
    code: 'INVALID_ARGUMENT',
    id: 'METHOD_NOT_ALLOWED',
    message: `This URL answers ${allow}, not ${method}.`,
    metadata: { allow },
  });
}

/** 415: a call in a form that is none. */
export function unsupportedMediaType(contentType: string): IsothermError {
  return new IsothermError({
    code: 'INVALID_ARGUMENT',
    id: 'MEDIA_TYPE_UNSUPPORTED',
    message:
      contentType === ''
        ? 'The request has no content-type, so that nothing says how to read it.'
        : `A call is not sent as ${JSON.stringify(contentType.slice(0, 100))}.`,
    advice: `Send it as one of ${CALL_TYPES}; curl -H 'content-type: application/json' does.`,
    metadata: { 'accept-post': CALL_TYPES },
  });
}

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
  options: { readonly thrown: unknown; nearOf(ids: readonly string[]): readonly NearMatch[] },
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
    status: STATUS_BY_ID[error.id] ?? STATUS[error.code],
    contentType: 'application/json; charset=utf-8',
    bytes: Buffer.from(`${JSON.stringify(body, null, 2)}\n`),
    cacheControl: 'no-store',
    headers: {
      ...retryHeaders(error),
      // RFC 9110, 10.2.1 and 15.5.6: a 405 names what the URL answers.
      ...pick(error.metadata, 'allow', 'accept-post'),
      // RFC 9110, 11.6.1: a 401 says how to come back.
      ...(error.code === 'UNAUTHENTICATED' && { 'www-authenticate': 'Bearer' }),
    },
  });
}

function pick(values: Readonly<Record<string, string>>, ...names: string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])));
}
