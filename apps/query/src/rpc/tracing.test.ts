import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { ForecastService } from '@isotherm/contracts/forecast/v1/forecast_service';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { caught } from '../testing/caught.ts';
import { cityState } from '../testing/city-state.ts';
import { BERLIN, startTestPlatform } from '../testing/test-platform.ts';

const exporter = new InMemorySpanExporter();
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));

const platform = await startTestPlatform();
platform.shardA.put(cityState(BERLIN));
const client = createClient(ForecastService, createGrpcTransport({ baseUrl: platform.url }));
afterAll(() => platform[Symbol.asyncDispose]());
beforeEach(() => exporter.reset());

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const headers = { traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01` };
const spansOf = (kind: SpanKind) => exporter.getFinishedSpans().filter((span) => span.kind === kind);

it('A call is a span of its caller’s trace, and the trace goes on in the shard', async () => {
  await client.getCurrent({ cities: [BERLIN] }, { headers });
  const [server] = spansOf(SpanKind.SERVER);
  const [upstream] = spansOf(SpanKind.CLIENT);
  expect(server?.name).toBe('isotherm.forecast.v1.ForecastService/GetCurrent');
  expect(server?.spanContext().traceId).toBe(TRACE_ID);
  expect(server?.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
  expect(upstream?.parentSpanContext?.spanId).toBe(server?.spanContext().spanId);
  expect(upstream?.attributes).toMatchObject({ 'isotherm.shard': 'shard-a', 'isotherm.reads': 1 });
  const { traceId, spanId } = upstream!.spanContext();
  expect(platform.shardA.traceparents.at(-1)).toBe(`00-${traceId}-${spanId}-01`);
});

it('A read over JSON is a span too', async () => {
  await (await fetch(`${platform.url}/v1/current/berlin?units=f`, { headers })).text();
  const [server] = spansOf(SpanKind.SERVER);
  expect(server?.name).toBe('GET /v1/current/{city}');
  expect(server?.spanContext().traceId).toBe(TRACE_ID);
  expect(server?.attributes).toMatchObject({
    'http.request.method': 'GET',
    'http.route': '/v1/current/{city}',
    'http.response.status_code': 200,
  });
});

it('A call that serves several reads links to each of them', async () => {
  const reads = Array.from({ length: 30 }, () => client.getCurrent({ cities: [BERLIN] }));
  await Promise.all(reads);
  const shared = spansOf(SpanKind.CLIENT).filter((span) => Number(span.attributes['isotherm.reads']) > 1);
  expect(shared.length).toBeGreaterThan(0);
  const serverSpans = new Set(spansOf(SpanKind.SERVER).map((span) => span.spanContext().spanId));
  for (const span of shared) {
    expect(span.links).toHaveLength(Number(span.attributes['isotherm.reads']));
    for (const link of span.links) expect(serverSpans).toContain(link.context.spanId);
  }
});

it('A call that fails says so in its span', async () => {
  await caught(client.getCurrent({ cities: ['Berlln'] }));
  const [server] = spansOf(SpanKind.SERVER);
  expect(server?.status).toMatchObject({ code: SpanStatusCode.ERROR, message: expect.stringContaining('Berlln') });
});
