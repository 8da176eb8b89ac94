import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';

/** What tracing needs to be told. */
export interface TracingOptions {
  readonly service: string;
  readonly version: string;
  /** Base URL of an OTLP/HTTP receiver. */
  readonly endpoint: string;
  readonly exportIntervalMs: number;
}

/** Registers the global tracer of this thread, its context and W3C propagation. @returns what sends the rest and ends it. */
export function startTracing(options: TracingOptions): () => Promise<void> {
  const { service, version, endpoint, exportIntervalMs } = options;
  const url = new URL('v1/traces', endpoint.endsWith('/') ? endpoint : `${endpoint}/`).href;
  const sdk = new NodeSDK({
    autoDetectResources: false,
    instrumentations: [],
    resource: resourceFromAttributes({ 'service.name': service, 'service.version': version }),
    metricReaders: [],
    logRecordProcessors: [],
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url }),
        scheduledDelayMillis: exportIntervalMs,
        maxQueueSize: 8192,
        maxExportBatchSize: 1024,
      }),
    ],
  });
  sdk.start();
  return () => sdk.shutdown();
}
