import { IsothermError, type Logger } from '@isotherm/service-kit';
import compression from 'compression';
import type { DashboardFiles } from '../dashboard/dashboard-files.ts';
import type { RestHandler } from '../rest/rest-handler.ts';
import { methodNotAllowed, sendError } from './http-errors.ts';
import type { HttpHandler, HttpRequest, HttpResponse } from './node-http.ts';
import { sendBody } from './responses.ts';

const READS = ['GET', 'HEAD'];

/** Everything that is not a call: /v1, the descriptor set, the dashboard. */
export function createFallback(deps: {
  readonly rest: RestHandler;
  readonly dashboard: DashboardFiles;
  readonly descriptorSet: Buffer;
  readonly serviceConfig: Buffer;
}): (request: HttpRequest, response: HttpResponse) => Promise<void> {
  const contracts = new Map([
    [
      '/descriptor.binpb',
      {
        contentType: 'application/x-protobuf; messageType="google.protobuf.FileDescriptorSet"',
        bytes: deps.descriptorSet,
      },
    ],
    ['/service-config.json', { contentType: 'application/json; charset=utf-8', bytes: deps.serviceConfig }],
  ]);
  // Answers are JSON; the dashboard's files are compressed already.
  const compress = compression();
  return async (request, response) => {
    // It wraps the response and goes on at once; both kinds of Node's responses have what it uses.
    compress(request as never, response as never, () => undefined);
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname === '/v1' || url.pathname.startsWith('/v1/')) {
      await deps.rest.handle(request, response, url);
      return;
    }
    const contract = contracts.get(url.pathname);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      if (contract !== undefined)
        sendError(request, response, { thrown: methodNotAllowed(request.method ?? '', READS), nearOf: () => [] });
      else refuse(request, response, { id: 'URL_UNKNOWN', message: `There is no call at ${url.pathname}.` });
    } else if (contract !== undefined) {
      sendBody(request, response, { ...contract, status: 200, cacheControl: 'no-cache', revalidates: true });
    } else if (!deps.dashboard.serve(request, response, url.pathname)) {
      refuse(request, response, { id: 'URL_UNKNOWN', message: `There is nothing at ${url.pathname}.` });
    }
  };
}

/** The handler of a connection's requests: only those meant for this host, and none that fails takes the process along. */
export function guardRequests(
  handle: HttpHandler,
  deps: { readonly isForUs: (request: HttpRequest) => boolean; readonly logger: Logger },
): HttpHandler {
  return (request: HttpRequest, response: HttpResponse) => {
    response.on('error', () => response.destroy());
    if (!deps.isForUs(request)) {
      refuse(request, response, {
        id: 'HOST_NOT_ALLOWED',
        message: 'The Host header names another server than this one.',
        advice: 'Use localhost or 127.0.0.1, or add the name to the allowed hosts.',
      });
      return;
    }
    try {
      handle(request, response);
    } catch (error) {
      deps.logger.error({ err: error, url: request.url }, 'Request could not be handled');
      if (!response.headersSent) {
        refuse(request, response, { id: 'REQUEST_INVALID', message: 'The request cannot be read.' });
      }
    }
  };
}

function refuse(
  request: HttpRequest,
  response: HttpResponse,
  error: { readonly id: string; readonly message: string; readonly advice?: string },
): void {
  const thrown = new IsothermError({ code: 'INVALID_ARGUMENT', ...error });
  sendError(request, response, { thrown, nearOf: () => [] });
}
