import type { Catalogue } from '@isotherm/catalogue';
import { IsothermError, type Logger } from '@isotherm/service-kit';
import { sendError } from '../http/http-errors.ts';
import type { HttpRequest, HttpResponse } from '../http/node-http.ts';
import { sendBody } from '../http/responses.ts';
import { tooManyCalls } from '../rpc/interceptors.ts';
import type { Endpoint } from './endpoints.ts';
import { queryParameters } from './query-parameters.ts';

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
  },
  options: { readonly timeoutMs: number; readonly maxConcurrentCalls: number },
): RestHandler {
  const { endpoints, catalogue, logger } = deps;
  let running = 0;

  async function answer(request: HttpRequest, url: URL, signal: AbortSignal) {
    const endpoint = endpoints.find(({ path }) =>
      path.endsWith('/') ? url.pathname.startsWith(path) : url.pathname === path,
    );
    if (endpoint === undefined) throw noSuchUrl(url.pathname, endpoints);
    if (request.method !== 'GET' && request.method !== 'HEAD') throw onlyGet(request.method ?? '');
    const city = endpoint.path.endsWith('/') ? decodeCity(url.pathname.slice(endpoint.path.length)) : '';
    const parameters = queryParameters(url.searchParams, endpoint.parameters);
    return await endpoint.answer({ city, parameters }, { signal, deadlineMs: Date.now() + options.timeoutMs });
  }

  return {
    async handle(request, response, url) {
      const gone = new AbortController();
      response.once('close', () => gone.abort(CLIENT_GONE));
      if (running >= options.maxConcurrentCalls) {
        sendError(request, response, { thrown: tooManyCalls(options.maxConcurrentCalls), nearOf });
        return;
      }
      running += 1;
      try {
        const { json, maxAgeSeconds } = await answer(request, url, gone.signal);
        sendBody(request, response, {
          status: 200,
          contentType: 'application/json; charset=utf-8',
          bytes: Buffer.from(`${JSON.stringify(json, null, 2)}\n`),
          cacheControl: maxAgeSeconds === 0 ? 'no-store' : `public, max-age=${maxAgeSeconds}`,
          revalidates: maxAgeSeconds > 1,
        });
      } catch (thrown) {
        if (gone.signal.aborted) return;
        if (!(thrown instanceof IsothermError) || thrown.code === 'INTERNAL') {
          logger.error({ err: thrown, path: url.pathname }, 'Request failed inside the platform');
        }
        sendError(request, response, { thrown, nearOf, ...(isWrongMethod(thrown) ? { status: 405 } : {}) });
      } finally {
        running -= 1;
      }
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

function noSuchUrl(path: string, endpoints: readonly Endpoint[]): IsothermError {
  const urls = endpoints.map((endpoint) => (endpoint.path.endsWith('/') ? `${endpoint.path}{city}` : endpoint.path));
  return new IsothermError({
    code: 'NOT_FOUND',
    id: 'URL_UNKNOWN',
    message: `There is nothing at ${path}.`,
    advice: `These are here: ${urls.join(', ')}.`,
  });
}

const WRONG_METHOD = 'METHOD_NOT_ALLOWED';

function onlyGet(method: string): IsothermError {
  return new IsothermError({
    code: 'INVALID_ARGUMENT',
    id: WRONG_METHOD,
    message: `This URL answers GET, not ${method}.`,
    advice: 'Observations are sent to isotherm.ingest.v1.IngestService.',
  });
}

function isWrongMethod(thrown: unknown): boolean {
  return thrown instanceof IsothermError && thrown.id === WRONG_METHOD;
}
