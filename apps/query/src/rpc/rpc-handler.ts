import {
  Code,
  ConnectError,
  type ConnectRouter,
  type ConnectRouterOptions,
  createConnectRouter,
  createContextValues,
} from '@connectrpc/connect';
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from '@connectrpc/connect-node';
import { type Logger, permissionOf } from '@isotherm/service-kit';
import { type ApiAccess, CALLER } from '../access/api-access.ts';
import { methodNotAllowed, sendError, unsupportedMediaType } from '../http/http-errors.ts';
import type { HttpHandler } from '../http/node-http.ts';
import { blameSender } from './blame-sender.ts';
import { refuseCall } from './refuse-call.ts';
import { requestJsonDecoder } from './request-json.ts';

/** Options of {@link createRpcHandler}. */
export interface RpcHandlerOptions extends Omit<ConnectRouterOptions, 'acceptCompression' | 'readMaxBytes'> {
  /** Largest request message in bytes. */
  readonly readMaxBytes: number;
  routes(router: ConnectRouter): void;
  /** Who calls, by the headers alone. */
  readonly access: ApiAccess;
  /** Answers what is no call. */
  readonly fallback: HttpHandler;
  readonly logger: Logger;
}

/**
 * The router with one reading of JSON for every call. `textDecoder` is what connect-es hands to its JSON codec: the one
 * place that all its protocols pass, after decompression and the limits of size.
 */
function withRequestJson(router: ConnectRouter): ConnectRouter {
  const own: ConnectRouter = {
    ...router,
    service(service, implementation, options) {
      for (const method of service.methods) {
        const handle: unknown = Reflect.get(implementation, method.localName);
        if (typeof handle !== 'function') continue;
        const jsonOptions = { ...options?.jsonOptions, textDecoder: requestJsonDecoder(method.input) };
        // Service and implementation fit each other; that each method does is too much for the type to say.
        router.rpc(method, handle.bind(implementation) as never, { ...options, jsonOptions });
      }
      return own;
    },
  };
  return own;
}

/** What connect-es answers without a body. */
const NOT_ALLOWED = 405;
const UNSUPPORTED = 415;

/** Codes of calls that end because somebody left: nothing to tell anybody. */
const LEFT: readonly Code[] = [Code.Aborted, Code.Canceled, Code.Unavailable, Code.DeadlineExceeded];

/** Answers calls over gRPC, gRPC-web and Connect. */
export function createRpcHandler(options: RpcHandlerOptions): HttpHandler {
  const { routes, fallback, logger, access, ...routerOptions } = options;
  const router = createConnectRouter({ ...routerOptions, acceptCompression: [compressionGzip, compressionBrotli] });
  routes(withRequestJson(router));
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  return (request, response) => {
    const [path = ''] = (request.url ?? '').split('?', 1);
    const handler = handlers.get(path);
    if (handler === undefined) return fallback(request, response);
    const values = createContextValues();
    try {
      values.set(CALLER, access.check(request, permissionOf(handler.method), path));
    } catch (error) {
      return refuseCall(request, response, error);
    }
    const refuse = (thrown: Error) => sendError(request, response, { thrown, nearOf: () => [] });
    handler(universalRequestFromNodeRequest(request, response, undefined, values))
      .then((answer) => blameSender(answer, options.readMaxBytes))
      .then(async (answer) => {
        if (answer.status === NOT_ALLOWED) refuse(methodNotAllowed(request.method ?? '', handler.allowedMethods));
        else if (answer.status === UNSUPPORTED) refuse(unsupportedMediaType(request.headers['content-type'] ?? ''));
        else await universalResponseToNodeResponse(answer, response);
      })
      .catch((error: unknown) => {
        if (!LEFT.includes(ConnectError.from(error).code))
          logger.warn({ err: error, path }, 'Response could not be sent');
        response.destroy();
      });
  };
}
