import {
  type Context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NOW_MS, startFixture } from './testing/ingest-fixture.ts';

interface Recorded {
  readonly name: string;
  readonly spanId: string;
  readonly links: readonly Link[];
  ended: boolean;
}

const recorded: Recorded[] = [];

/** As much of a tracer as it takes to see which spans there are. */
const tracer: Tracer = {
  startSpan(name: string, options: SpanOptions = {}, _context: Context = ROOT_CONTEXT) {
    const spanId = (recorded.length + 1).toString(16).padStart(16, '0');
    const entry: Recorded = { name, spanId, links: [...(options.links ?? [])], ended: false };
    recorded.push(entry);
    return spanOf(entry);
  },
  startActiveSpan() {
    throw new Error('unused');
  },
};

function spanOf(entry: Recorded): Span {
  const span: Span = {
    spanContext: () => ({ traceId: 'a'.repeat(32), spanId: entry.spanId, traceFlags: 1 }),
    setAttribute: () => span,
    setAttributes: () => span,
    addEvent: () => span,
    addLink: () => span,
    addLinks: () => span,
    setStatus: () => span,
    updateName: () => span,
    end: () => {
      entry.ended = true;
    },
    isRecording: () => true,
    recordException: () => undefined,
  };
  return span;
}

beforeAll(() => {
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
});
afterAll(() => trace.disable());

it('An observation leaves a span of its call, and one of the append that links to it', async () => {
  expect(SpanStatusCode.UNSET).toBe(0);
  await using fixture = await startFixture();
  const observeTime = { seconds: BigInt(NOW_MS / 1000), nanos: 0 };
  await fixture.client.ingest({ observations: [{ cityId: '1', observeTime, windSpeedMps: 1 }] });
  await fixture.ingest.drain();
  const call = recorded.find(({ name }) => name === 'ingest');
  const append = recorded.find(({ name }) => name === 'append');
  expect(append?.links.map((link) => link.context.spanId)).toEqual([call?.spanId]);
  expect(recorded.every(({ ended }) => ended)).toBe(true);
});
