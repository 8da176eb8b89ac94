import type { Catalogue } from '@isotherm/catalogue';
import { IsothermError, type Logger } from '@isotherm/service-kit';
import type { ApiAccess } from '../access/api-access.ts';
import { methodNotAllowed, sendError } from '../http/http-errors.ts';
import type { HttpRequest, HttpResponse } from '../http/node-http.ts';
import { sendBody } from '../http/responses.ts';
import type { CallMetrics } from '../rpc/call-metrics.ts';
import { tooManyCalls } from '../rpc/interceptors.ts';
import { invalidRequest } from '../rpc/validation.ts';
import type { Endpoint } from './endpoint.ts';
import { queryParameters } from './query-parameters.ts';
import { inRequestSpan } from './request-span.ts';

// Made once: a fresh reason with its stack for every response is a measurable part of it.
const CLIENT_GONE = new Error('The client is gone');

/** Answers the URLs under /v1. */
export interface RestHandler {
  handle(request: HttpRequest, response: HttpResponse, url: URL): Promise<void>;
}

/** Creates the handler over its endpoints. */
export function createRestHandler(
  deps: {
    readonly endpoints: readonly Endpoint[];
    readonly catalogue: Catalogue;
    readonly logger: Logger;
    readonly metrics: Pick<CallMetrics, 'requestAnswered'>;
    readonly access: ApiAccess;
  },
  options: { readonly timeoutMs: number; readonly maxConcurrentCalls: number },
): RestHandler {
  const { endpoints, catalogue, logger, metrics, access } = deps;
  // What a token was shown for is no cache's to hand to others (RFC 9111, 3.5).
  const sharing = access.tokens ? 'private' : 'public';
  let running = 0;

  async function answer(
    request: HttpRequest,
    target: { readonly url: URL; readonly endpoint: Endpoint | undefined },
    signal: AbortSignal,
  ) {
    const { url, endpoint } = target;
    const caller = access.check(request, 'read', endpoint === undefined ? '/v1' : routeOf(endpoint));
    if (running > options.maxConcurrentCalls) throw tooManyCalls(options.maxConcurrentCalls);
    if (endpoint === undefined) throw noSuchUrl(url.pathname, endpoints);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw methodNotAllowed(request.method ?? '', ['GET', 'HEAD']);
    const city = endpoint.path.endsWith('/') ? decodeCity(url.pathname.slice(endpoint.path.length)) : '';
    const parameters = queryParameters(url.searchParams, endpoint.parameters);
    return await endpoint.answer({ city, parameters }, { signal, deadlineMs: Date.now() + options.timeoutMs, caller });
  }

  async function respond(
    request: HttpRequest,
    response: HttpResponse,
    target: { readonly url: URL; readonly endpoint: Endpoint | undefined },
  ): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort(CLIENT_GONE));
    running += 1;
    try {
      const { json, maxAgeSeconds } = await answer(request, target, gone.signal);
      sendBody(request, response, {
        status: 200,
        contentType: 'application/json; charset=utf-8',
        bytes: Buffer.from(`${JSON.stringify(json, null, 2)}\n`),
        cacheControl: maxAgeSeconds === 0 ? 'no-store' : `${sharing}, max-age=${maxAgeSeconds}`,
        revalidates: maxAgeSeconds > 1,
      });
    } catch (failure) {
      if (gone.signal.aborted) return;
      const thrown = inUrlNames(failure, target.endpoint?.names ?? {});
      if (!(thrown instanceof IsothermError) || thrown.code === 'INTERNAL') {
        logger.error({ err: thrown, path: target.url.pathname }, 'Request failed inside the platform');
      }
      sendError(request, response, { thrown, nearOf });
    } finally {
      running -= 1;
    }
  }

  return {
    async handle(request, response, url) {
      const began = performance.now();
      const endpoint = endpoints.find(({ path }) =>
        path.endsWith('/') ? url.pathname.startsWith(path) : url.pathname === path,
      );
      const route = endpoint === undefined ? '/v1' : routeOf(endpoint);
      const run = () => respond(request, response, { url, endpoint });
      await inRequestSpan(request, response, { route, run });
      metrics.requestAnswered({ route, status: response.statusCode, seconds: (performance.now() - began) / 1000 });
    },
  };

  function nearOf(ids: readonly string[]) {
    return ids.flatMap((id) => {
      const city = catalogue.byId(id);
      return city === undefined ? [] : [{ city_id: city.cityId, name: city.name, country: city.country }];
    });
  }
}

function decodeCity(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new IsothermError({
      code: 'INVALID_ARGUMENT',
      id: 'REQUEST_INVALID',
      message: 'The city in the URL is not properly escaped.',
      advice: 'Write a percent sign as %25.',
    });
  }
}

/** `/v1/current/{city}`. */
function routeOf({ path }: Endpoint): string {
  return path.endsWith('/') ? `${path}{city}` : path;
}

function noSuchUrl(path: string, endpoints: readonly Endpoint[]): IsothermError {
  return new IsothermError({
    code: 'NOT_FOUND',
    id: 'URL_UNKNOWN',
    message: `There is nothing at ${path}.`,
    advice: `These are here: ${endpoints.map(routeOf).join(', ')}.`,
  });
}

/** An error about fields in the names of the URL. */
function inUrlNames(thrown: unknown, names: Readonly<Record<string, string>>): unknown {
  if (!(thrown instanceof IsothermError) || thrown.violations.length === 0) return thrown;
  const renamed = thrown.violations.map(({ field, description }) => ({
    field: names[field] ?? field,
    description: description.replaceAll(/\b[a-z]+_[a-z_]+\b/g, (name) => names[name] ?? name),
  }));
  return invalidRequest(renamed, thrown.cause);
}
