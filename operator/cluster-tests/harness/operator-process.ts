import { systemRuntime } from '@isotherm/runtime';
import { createLogger } from '@isotherm/service-kit';
import { createScalingDecider } from '../../src/autoscaler/index.ts';
import { type OperatorOptions, runOperator } from '../../src/controller/index.ts';
import { createKubeConnection } from '../../src/runtime/index.ts';
import { loadKubeconfig } from './kube.ts';

/** An operator that runs in this process. */
export interface RunningOperator extends AsyncDisposable {
  stop(): Promise<void>;
}

/** Runs the operator on one namespace, with short times. */
export function startOperator(
  kubeconfig: string,
  namespace: string,
  options: {
    readonly port?: number | undefined;
    /** Instead of the administrator's. */
    readonly token?: string;
    readonly decider?: ReturnType<typeof createScalingDecider>;
    readonly operator?: Partial<OperatorOptions>;
  } = {},
): RunningOperator {
  const stop = new AbortController();
  const connection = createKubeConnection({ load: () => loadKubeconfig(kubeconfig, options.port, options.token) });
  const level = process.env['OPERATOR_LOG'] === undefined ? 'silent' : 'debug';
  const ended = runOperator(
    {
      connection,
      runtime: systemRuntime,
      logger: createLogger({ service: 'operator', level }),
      decider: options.decider ?? createScalingDecider(),
    },
    {
      signal: stop.signal,
      namespace,
      watchNamespace: namespace,
      pollMs: 300,
      busyMs: 100,
      lease: { leaseMs: 15_000, renewMs: 10_000, retryMs: 500 },
      ...options.operator,
    },
  );
  const end = async () => {
    stop.abort();
    await ended;
    await connection.close();
  };
  return { stop: end, [Symbol.asyncDispose]: end };
}
