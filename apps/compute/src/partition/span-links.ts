import type { Metadata } from '@grpc/grpc-js';
import type { LogRecord } from '@isotherm/records';
import {
  type Context,
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  TraceFlags,
  trace,
} from '@opentelemetry/api';

/** Spans a write links to at most; what was applied before them is in their traces anyway. */
const MAX_LINKS = 64;

const tracer = trace.getTracer('@isotherm/compute');

/**
 * The spans that made a partition what it is, so that the next step can link to them: append → apply → write → read.
 * Only sampled records leave links; without tracing it costs a comparison a record.
 */
export interface SpanLinks {
  /** Applied since the last write. */
  readonly unwritten: SpanContext[];
  lastApplied: SpanContext | undefined;
  lastWritten: SpanContext | undefined;
}

/** The links of a partition that nothing happened to. */
export function newSpanLinks(): SpanLinks {
  return { unwritten: [], lastApplied: undefined, lastWritten: undefined };
}

/** Runs the application of a record in a span that links to the one that appended it, if that one was sampled. */
export function traceApply<T>(spanLinks: SpanLinks, record: LogRecord, apply: () => T): T {
  if (record.kind !== 'observations' || record.traceParent === '') return apply();
  const appended = parseTraceParent(record.traceParent);
  const span = tracer.startSpan('apply', {
    kind: SpanKind.CONSUMER,
    attributes: { 'isotherm.rows': record.rowCount },
    links: appended === undefined ? [] : [{ context: appended }],
  });
  try {
    return apply();
  } finally {
    span.end();
    spanLinks.lastApplied = span.spanContext();
    if (spanLinks.unwritten.length < MAX_LINKS) spanLinks.unwritten.push(span.spanContext());
  }
}

/** Runs a write of rows in a span that links to what was applied to their partitions since the last one. */
export async function traceWrite<T>(linked: readonly SpanLinks[], write: () => Promise<T>): Promise<T> {
  const links: Link[] = linked.flatMap((spanLinks) => spanLinks.unwritten.map((applied) => ({ context: applied })));
  if (links.length === 0) return write();
  const span = tracer.startSpan('write', { kind: SpanKind.CLIENT, links: links.slice(0, MAX_LINKS) });
  try {
    const result = await context.with(trace.setSpan(context.active(), span), write);
    for (const spanLinks of linked) {
      spanLinks.unwritten.length = 0;
      spanLinks.lastWritten = span.spanContext();
    }
    return result;
  } catch (error) {
    span.recordException(error instanceof Error ? error : String(error));
    throw error;
  } finally {
    span.end();
  }
}

/** Runs a read in a span of the caller's trace that links to what made the partitions as they are. */
export async function traceRead<T>(
  metadata: Metadata,
  linked: readonly SpanLinks[],
  read: () => Promise<T>,
): Promise<T> {
  const parent = callerContext(metadata);
  if (!isSampled(trace.getSpanContext(parent))) return read();
  const links = linked
    .flatMap(({ lastApplied, lastWritten }) => [lastApplied, lastWritten])
    .filter((made) => made !== undefined)
    .slice(0, MAX_LINKS)
    .map((made) => ({ context: made }));
  const span = tracer.startSpan('read', { kind: SpanKind.SERVER, links }, parent);
  try {
    return await context.with(trace.setSpan(parent, span), read);
  } finally {
    span.end();
  }
}

function callerContext(metadata: Metadata): Context {
  return propagation.extract(ROOT_CONTEXT, metadata.getMap());
}

function isSampled(span: SpanContext | undefined): boolean {
  return span !== undefined && (span.traceFlags & TraceFlags.SAMPLED) !== 0;
}

/** W3C Trace Context, section 3.2: version, trace id, parent id and flags in hexadecimal. */
function parseTraceParent(text: string): SpanContext | undefined {
  const match = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(text);
  if (match === null) return undefined;
  return {
    traceId: match[1] ?? '',
    spanId: match[2] ?? '',
    traceFlags: Number.parseInt(match[3] ?? '0', 16),
    isRemote: true,
  };
}
