import { asIsothermError } from '@isotherm/service-kit';
import {
  type Attributes,
  context,
  type Link,
  metrics,
  type SpanContext,
  SpanKind,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { batchFailure } from './commit/batch-outcome.ts';
import type { CommittedGroup } from './commit/group-committer.ts';
import type { StagedGroup } from './staging/staged-group.ts';

/** Spans and metrics of ingest: counted a group at a time. */
export interface IngestTelemetry {
  /** Runs the append of a group in a span that links to the calls whose batches it holds. */
  traceAppend<T>(group: StagedGroup, append: (traceParent: string) => Promise<T>): Promise<T>;
  /** Counts a group whose outcome is known. */
  groupSettled(group: CommittedGroup): void;
  /** Counts a batch or a stream that was refused, by whom it came from and the stable id of the error. */
  refused(refusal: { readonly tenant: string; readonly error: unknown }): void;
  /** Counts the rows of a replay. */
  rowsReplayed(rows: { readonly accepted: number; readonly rejected: number; readonly refused: number }): void;
  /** A call's span: the open group's append will link to it. */
  batchStaged(span: SpanContext | undefined): void;
}

/** What a tenant has under way. */
export interface TenantLevel {
  readonly name: string;
  readonly bytesInFlight: number;
  /** Cities that it was the first to send. */
  readonly cities: number;
}

/** Links a span carries at most. */
const MAX_LINKS = 128;

/** Registers the instruments, at zero. */
export function createIngestTelemetry(level: {
  readonly pendingBytes: () => number;
  readonly cities: () => number;
  readonly tenants: () => readonly TenantLevel[];
}): IngestTelemetry {
  const meter = metrics.getMeter('@isotherm/ingest');
  const tracer = trace.getTracer('@isotherm/ingest');
  const observations = meter.createCounter('isotherm.ingest.observations', {
    description: 'Observations acked, by outcome',
    unit: '{observation}',
  });
  const batches = meter.createCounter('isotherm.ingest.batches', {
    description: 'Batches answered, by outcome',
    unit: '{batch}',
  });
  const refusals = meter.createCounter('isotherm.ingest.refusals', {
    description: 'Batches and streams refused, by tenant and id of the error',
    unit: '{refusal}',
  });
  const replays = meter.createCounter('isotherm.ingest.replayed', {
    description: 'Dead letters replayed, by outcome',
    unit: '{observation}',
  });
  const commits = meter.createHistogram('isotherm.ingest.commit.duration', {
    description: 'Time from the append of a group to its durability',
    unit: 's',
    advice: { explicitBucketBoundaries: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1] },
  });
  for (const outcome of ['accepted', 'rejected']) observations.add(0, { outcome });
  for (const outcome of ['accepted', 'rejected', 'refused']) replays.add(0, { outcome });
  for (const outcome of ['kept', 'duplicate', 'refused', 'failed']) batches.add(0, { outcome });
  meter
    .createObservableGauge('isotherm.ingest.pending', { description: 'Bytes not durable yet, about', unit: 'By' })
    .addCallback((result) => result.observe(level.pendingBytes()));
  meter
    .createObservableGauge('isotherm.ingest.cities', { description: 'Different cities known', unit: '{city}' })
    .addCallback((result) => result.observe(level.cities()));
  meter
    .createObservableGauge('isotherm.ingest.tenant.in_flight', {
      description: 'Bytes of a tenant not durable yet, about',
      unit: 'By',
    })
    .addCallback((result) => {
      for (const { name, bytesInFlight } of level.tenants()) result.observe(bytesInFlight, { tenant: name });
    });
  meter
    .createObservableGauge('isotherm.ingest.tenant.cities', {
      description: 'Cities that a tenant was the first to send since this process began',
      unit: '{city}',
    })
    .addCallback((result) => {
      for (const { name, cities } of level.tenants()) result.observe(cities, { tenant: name });
    });
  let links: Link[] = [];

  return {
    async traceAppend(group, append) {
      const attributes: Attributes = {
        'isotherm.rows': group.rows,
        'isotherm.batches': group.batches.length,
        'isotherm.partitions': group.slices.count,
      };
      const span = tracer.startSpan('append', { kind: SpanKind.INTERNAL, attributes, links });
      links = [];
      try {
        return await context.with(trace.setSpan(context.active(), span), () =>
          append(traceParentOf(span.spanContext())),
        );
      } catch (error) {
        span.recordException(error instanceof Error ? error : String(error));
        throw error;
      } finally {
        span.end();
      }
    },
    groupSettled({ staged, commitMs, outcome }) {
      if (outcome.kind === 'refused') {
        batches.add(staged.batches.length, { outcome: 'failed' });
        return;
      }
      let accepted = 0;
      let rejected = 0;
      let duplicates = 0;
      let failed = 0;
      for (const batch of staged.batches) {
        if (batchFailure(batch, { staged, outcome }) !== undefined) {
          failed += 1;
          continue;
        }
        accepted += batch.accepted;
        rejected += batch.rejected;
        if (batch.duplicate) duplicates += 1;
      }
      observations.add(accepted, { outcome: 'accepted' });
      observations.add(rejected, { outcome: 'rejected' });
      batches.add(staged.batches.length - duplicates - failed, { outcome: 'kept' });
      batches.add(failed, { outcome: 'failed' });
      batches.add(duplicates, { outcome: 'duplicate' });
      commits.record(commitMs / 1000);
    },
    refused({ tenant, error }) {
      batches.add(1, { outcome: 'refused' });
      refusals.add(1, { tenant, id: asIsothermError(error).id });
    },
    rowsReplayed(rows) {
      for (const outcome of ['accepted', 'rejected', 'refused'] as const) replays.add(rows[outcome], { outcome });
    },
    batchStaged(span) {
      if (span !== undefined && links.length < MAX_LINKS) links.push({ context: span });
    },
  };
}

/** The span as W3C `traceparent`, so that whoever applies the records can link to it; empty where it is not sampled. */
export function traceParentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return (traceFlags & TraceFlags.SAMPLED) === 0 ? '' : `00-${traceId}-${spanId}-01`;
}
