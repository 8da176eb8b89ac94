import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { HttpRequest, HttpResponse } from '../http/node-http.ts';

/** Runs the answer to a request in a span of its own, a child of the caller's where it sent a trace. */
export function inRequestSpan(
  request: HttpRequest,
  response: HttpResponse,
  options: { readonly route: string; run(): Promise<void> },
): Promise<void> {
  const parent = propagation.extract(context.active(), request.headers);
  const method = request.method ?? 'GET';
  const span = trace
    .getTracer('@isotherm/query')
    .startSpan(
      `${method} ${options.route}`,
      { kind: SpanKind.SERVER, attributes: { 'http.request.method': method, 'http.route': options.route } },
      parent,
    );
  return context.with(trace.setSpan(parent, span), async () => {
    try {
      await options.run();
    } finally {
      span.setAttribute('http.response.status_code', response.statusCode);
      if (response.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    }
  });
}
