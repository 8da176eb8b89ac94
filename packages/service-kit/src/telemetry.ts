import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';

/** Options of {@link startTelemetry}. */
export interface TelemetryOptions {
  /** `service.name` of spans and metrics. */
  readonly service: string;
  /** Version of the software. */
  readonly version: string;
  /** Base URL of an OTLP/HTTP receiver, for example http://127.0.0.1:4318. Default undefined: nothing is exported. */
  readonly otlpEndpoint?: string | undefined;
  /** Time between two exports of spans in ms. Default 1,000. */
  readonly exportIntervalMs?: number;
}

/** OpenTelemetry of one thread: the global tracer and meter are its own until shut down. */
export interface Telemetry {
  /** This thread's metrics in Prometheus' text format. */
  exposition(): Promise<string>;
  /** Sends what is left and stops. Idempotent. */
  shutdown(): Promise<void>;
}

/** Starts OpenTelemetry in this thread. Spans are sampled only where a receiver is configured. */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  const reader = new PrometheusExporter({ preventServerStart: true });
  const serializer = new PrometheusSerializer('', false, undefined, true, true);
  const sdk = new NodeSDK({
    autoDetectResources: false,
    instrumentations: [],
    resource: resourceFromAttributes({ 'service.name': options.service, 'service.version': options.version }),
    metricReaders: [reader],
    logRecordProcessors: [],
    spanProcessors:
      options.otlpEndpoint === undefined ? [] : [spanProcessor(options.otlpEndpoint, options.exportIntervalMs)],
  });
  sdk.start();
  let stopped: Promise<void> | undefined;
  return {
    async exposition() {
      const { resourceMetrics } = await reader.collect();
      return serializer.serialize(resourceMetrics);
    },
    shutdown() {
      stopped ??= sdk.shutdown();
      return stopped;
    },
  };
}

function spanProcessor(endpoint: string, exportIntervalMs = 1000): BatchSpanProcessor {
  const url = new URL('v1/traces', endpoint.endsWith('/') ? endpoint : `${endpoint}/`).href;
  return new BatchSpanProcessor({
    exporter: new OTLPTraceExporter({ url }),
    scheduledDelayMillis: exportIntervalMs,
    maxQueueSize: 8192,
    maxExportBatchSize: 1024,
  });
}
