import { systemRuntime } from '@isotherm/runtime';
import { createLogger, type LogLevel, startHealth, startTelemetry } from '@isotherm/service-kit';
import { createScalingDecider } from '../autoscaler/index.ts';
import { runOperator } from '../controller/index.ts';
import { createKubeConnection } from '../runtime/index.ts';

/** What the command line says of the operator. */
export interface OperatorProcessOptions {
  /** Of this build: shown in metrics and traces. */
  readonly version: string;
  /** Namespace of the lease. */
  readonly namespace: string;
  /** Namespace whose ForecastClusters are looked after. Default: all. */
  readonly watchNamespace?: string | undefined;
  readonly host: string;
  readonly metricsPort: number;
  readonly logLevel: LogLevel;
  readonly otlpEndpoint?: string | undefined;
  readonly signal: AbortSignal;
}

/** Runs the operator with its health and metrics until the signal aborts. A standby that does not lead is ready too. */
export async function runOperatorProcess(options: OperatorProcessOptions): Promise<void> {
  const { version, namespace, watchNamespace, host, metricsPort, logLevel, otlpEndpoint, signal } = options;
  const logger = createLogger({ service: 'operator', level: logLevel });
  const telemetry = await startTelemetry({ service: 'isotherm-operator', version, otlpEndpoint });
  const health = await startHealth(() => telemetry.exposition(), { host, port: metricsPort });
  const connection = createKubeConnection();
  try {
    health.set('operator');
    logger.info(
      { server: connection.server, namespace, watchNamespace, metricsAddress: health.address },
      'Operator runs',
    );
    await runOperator(
      { connection, runtime: systemRuntime, logger, decider: createScalingDecider() },
      { namespace, watchNamespace, signal },
    );
  } finally {
    await connection.close();
    await health.close();
    await telemetry.shutdown();
  }
}
