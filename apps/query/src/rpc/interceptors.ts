import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import type { Interceptor, StreamRequest, StreamResponse, UnaryRequest, UnaryResponse } from '@connectrpc/connect';
import { IsothermError, type Logger, toConnectError } from '@isotherm/service-kit';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { validated } from './validation.ts';

/** Checks every request message against the rules of its schema before a service sees it. */
export const validateRequests: Interceptor = (next) => (request) => {
  const { input } = request.method;
  if (!request.stream) {
    validated(input, request.message);
    return next(request);
  }
  return next({ ...request, message: validatedStream(input, request.message) } as StreamRequest);
};

async function* validatedStream<Schema extends DescMessage>(
  schema: Schema,
  messages: AsyncIterable<MessageShape<Schema>>,
): AsyncIterable<MessageShape<Schema>> {
  for await (const message of messages) yield validated(schema, message);
}

/** Turns whatever a service throws into a ConnectError with google.rpc details; what is not ours is logged, not told. */
export function mapErrors(logger: Logger): Interceptor {
  const mapped = (request: UnaryRequest | StreamRequest, thrown: unknown) => {
    const error = toConnectError(thrown);
    const failure = thrown instanceof IsothermError ? thrown : error.cause;
    if (failure instanceof IsothermError && failure.code === 'INTERNAL') {
      logger.error({ err: thrown, rpc: request.method.toString() }, 'Call failed inside the platform');
    }
    return error;
  };
  return (next) => async (request) => {
    try {
      const response = await next(request);
      return response.stream ? guarded(response, (thrown) => mapped(request, thrown)) : response;
    } catch (thrown) {
      throw mapped(request, thrown);
    }
  };
}

function guarded(response: StreamResponse, mapped: (thrown: unknown) => Error): StreamResponse {
  async function* messages() {
    try {
      yield* response.message;
    } catch (thrown) {
      throw mapped(thrown);
    }
  }
  return { ...response, message: messages() };
}

/** Refuses calls past the limit: nothing queues here, the caller comes back after the time named. */
export function limitCalls(options: { readonly maxConcurrentCalls: number }): Interceptor {
  let running = 0;
  return (next) => async (request) => {
    if (request.stream) return next(request);
    if (running >= options.maxConcurrentCalls) throw tooManyCalls(options.maxConcurrentCalls);
    running += 1;
    try {
      return await next(request);
    } finally {
      running -= 1;
    }
  };
}

/** RESOURCE_EXHAUSTED: more calls at once than the server takes. */
export function tooManyCalls(limit: number): IsothermError {
  return new IsothermError({
    code: 'RESOURCE_EXHAUSTED',
    id: 'TOO_MANY_CALLS',
    message: `The server is answering ${limit} calls already.`,
    advice: 'Ask again shortly, or ask for many cities in one call.',
    retryAfterMs: 100,
    metadata: { limit: String(limit) },
  });
}

/** One span a call, a child of the caller's where it sent a trace. */
export const traceCalls: Interceptor = (next) => (request) => {
  const parent = propagation.extract(context.active(), request.header, {
    get: (headers, key) => headers.get(key) ?? undefined,
    keys: (headers) => [...headers.keys()],
  });
  const { service } = request;
  const attributes = {
    'rpc.system': 'connect_rpc',
    'rpc.service': service.typeName,
    'rpc.method': request.method.name,
  };
  const name = `${service.typeName}/${request.method.name}`;
  const span = trace.getTracer('@isotherm/query').startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
  const end = (thrown?: unknown) => {
    if (thrown !== undefined) {
      const error = toConnectError(thrown);
      span.setAttribute('rpc.connect_rpc.error_code', error.code);
      span.setStatus({ code: SpanStatusCode.ERROR, message: error.rawMessage });
    }
    span.end();
  };
  return context.with(trace.setSpan(parent, span), async () => {
    let response: UnaryResponse | StreamResponse;
    try {
      response = await next(request);
    } catch (thrown) {
      end(thrown);
      throw thrown;
    }
    if (!response.stream) {
      end();
      return response;
    }
    return { ...response, message: traced(response.message, end) } as StreamResponse;
  });
};

async function* traced<T>(messages: AsyncIterable<T>, end: (thrown?: unknown) => void): AsyncIterable<T> {
  let failure: unknown;
  try {
    yield* messages;
  } catch (thrown) {
    failure = thrown;
    throw thrown;
  } finally {
    end(failure);
  }
}
