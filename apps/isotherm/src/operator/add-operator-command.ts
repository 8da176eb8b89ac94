import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { CliContext } from '../cli/cli-context.ts';
import { integer } from '../cli/shared-options.ts';
import { VERSION } from '../paths.ts';

interface RunFlags {
  readonly namespace: string;
  readonly watchNamespace?: string;
  readonly host: string;
  readonly metricsPort: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly otlpEndpoint?: string;
}

/** Adds `isotherm operator run|crd|status`: ForecastClusters on Kubernetes. What talks to Kubernetes is loaded when one runs. */
export function addOperatorCommand(program: Command, context: CliContext): void {
  const command = program.command('operator').description('runs ForecastClusters on Kubernetes');
  command
    .command('run')
    .description('looks after ForecastClusters until a signal; with KUBECONFIG, or as the service account of its pod')
    .addOption(
      new Option('--namespace <name>', 'namespace of its lease')
        .env('ISOTHERM_NAMESPACE')
        .default(podNamespace(), 'that of the pod'),
    )
    .addOption(
      new Option('--watch-namespace <name>', 'only ForecastClusters of this one').env('ISOTHERM_WATCH_NAMESPACE'),
    )
    .addOption(
      new Option('--host <address>', 'interface of health and metrics').default('127.0.0.1').env('ISOTHERM_HOST'),
    )
    .addOption(
      new Option('--metrics-port <port>', 'port of health and metrics')
        .default(9464)
        .env('ISOTHERM_METRICS_PORT')
        .argParser(integer(0, 65_535)),
    )
    .addOption(
      new Option('--log-level <level>', 'log lines on standard error')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info')
        .env('ISOTHERM_LOG_LEVEL'),
    )
    .addOption(new Option('--otlp-endpoint <url>', 'OpenTelemetry receiver').env('ISOTHERM_OTLP_ENDPOINT'))
    .action(async (flags: RunFlags) => {
      const { runOperatorProcess } = await import('@isotherm/operator');
      await runOperatorProcess({ ...flags, version: VERSION, signal: context.interrupted });
    });
  command
    .command('crd')
    .description('the CustomResourceDefinition, for `kubectl apply --server-side -f -`')
    .action(async () => {
      const { forecastClusterCrd } = await import('@isotherm/operator');
      context.terminal.out(`${JSON.stringify(forecastClusterCrd(), null, 2)}\n`);
    });
  command
    .command('status <name>')
    .description('conditions of a ForecastCluster, why it has so many shards, and who owns what')
    .option('-n, --namespace <name>', 'its namespace', 'default')
    .action(async (name: string, { namespace }: { readonly namespace: string }) => {
      const { describeCluster } = await import('@isotherm/operator');
      context.terminal.out(await describeCluster({ namespace, name }));
    });
}

function podNamespace(): string {
  try {
    return readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/namespace', 'utf8').trim();
  } catch {
    return 'isotherm-system';
  }
}
