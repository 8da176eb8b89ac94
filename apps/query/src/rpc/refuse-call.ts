import type { ConnectError } from '@connectrpc/connect';
import { codeToHttpStatus, endStreamToJson, errorToJson } from '@connectrpc/connect/protocol-connect';
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import { toConnectError } from '@isotherm/service-kit';
import type { HttpRequest, HttpResponse } from '../http/node-http.ts';
import { SAFE_HEADERS } from '../http/responses.ts';
import { endEnvelope } from './end-envelope.ts';

/**
 * Answers a call with an error by what its headers say alone, in the protocol it came by: nothing of its body is read,
 * decompressed or parsed.
 */
export function refuseCall(request: HttpRequest, response: HttpResponse, thrown: unknown): void {
  const error = toConnectError(thrown);
  const contentType = request.headers['content-type'] ?? '';
  for (const [name, value] of Object.entries(SAFE_HEADERS)) response.setHeader(name, value);
  response.setHeader('cache-control', 'no-store');
  // The rest of the body has nowhere to go.
  if (request.httpVersionMajor === 1) response.setHeader('connection', 'close');
  if (contentType.startsWith('application/grpc')) endGrpc(response, contentType, error);
  else if (contentType.startsWith('application/connect+')) endConnectStream(response, contentType, error);
  else endConnectUnary(response, error);
}

/** Trailers only: in gRPC and gRPC-web alike the status is in the headers. */
function endGrpc(response: HttpResponse, contentType: string, error: ConnectError): void {
  response.statusCode = 200;
  response.setHeader('content-type', contentType);
  for (const [name, value] of setTrailerStatus(new Headers(), error)) response.setHeader(name, value);
  response.end();
}

function endConnectStream(response: HttpResponse, contentType: string, error: ConnectError): void {
  response.statusCode = 200;
  response.setHeader('content-type', contentType);
  response.end(endEnvelope(endStreamToJson(new Headers(), error, undefined)));
}

function endConnectUnary(response: HttpResponse, error: ConnectError): void {
  const status = codeToHttpStatus(error.code);
  response.statusCode = status;
  response.setHeader('content-type', 'application/json');
  // RFC 9110, 11.6.1: a 401 says how to come back.
  if (status === 401) response.setHeader('www-authenticate', 'Bearer');
  response.end(Buffer.from(JSON.stringify(errorToJson(error, undefined))));
}
