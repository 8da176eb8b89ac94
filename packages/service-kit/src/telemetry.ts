import { metrics } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';

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

/**
 * Starts OpenTelemetry in this thread. Spans are sampled only where a receiver is configured; what traces is loaded
 * only then, for it is most of what there would be to load.
 */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const { service, version, otlpEndpoint, exportIntervalMs = 1000 } = options;
  const reader = new PrometheusExporter({ preventServerStart: true });
  const serializer = new PrometheusSerializer('', false, undefined, true, true);
  const resource = resourceFromAttributes({ 'service.name': service, 'service.version': version });
  const meters = new MeterProvider({ resource, readers: [reader] });
  metrics.setGlobalMeterProvider(meters);
  let stopTracing = async () => {};
  if (otlpEndpoint !== undefined) {
    const { startTracing } = await import('./start-tracing.ts');
    stopTracing = startTracing({ service, version, endpoint: otlpEndpoint, exportIntervalMs });
  }
  let stopped: Promise<void> | undefined;
  return {
    async exposition() {
      const { resourceMetrics } = await reader.collect();
      return serializer.serialize(resourceMetrics);
    },
    shutdown() {
      stopped ??= Promise.all([meters.shutdown(), stopTracing()]).then(() => undefined);
      return stopped;
    },
  };
}
