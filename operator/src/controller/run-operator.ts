import { hostname } from 'node:os';
import { createControlClient } from '@isotherm/coordination';
import type { Runtime } from '@isotherm/runtime';
import type { Logger } from '@isotherm/service-kit';
import { GROUP, VERSION } from '../api/index.ts';
import {
  createApplier,
  createClientMetrics,
  createControllerMetrics,
  createEventRecorder,
  createKubeClient,
  createQueueMetrics,
  createStatusWriter,
  createWorkQueue,
  describeRef,
  holdLease,
  type KubeConnection,
  type KubeObject,
  type Reflector,
  refOf,
  runController,
  startReflector,
} from '../runtime/index.ts';
import { CHILD_TYPES, clusterKeyOf, type Mirrors } from './cluster-state.ts';
import { createReachability } from './reachability.ts';
import { createReconciler, type ReconcileOptions } from './reconcile-cluster.ts';
import type { ScalingDecider } from './scaling-port.ts';

/** What the operator is made of. */
export interface OperatorDeps {
  readonly connection: KubeConnection;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly decider: ScalingDecider;
}

/** Options of {@link runOperator}. */
export interface OperatorOptions extends ReconcileOptions {
  /** Ends the operator: it finishes the reconciles at hand and gives the lease up. */
  readonly signal: AbortSignal;
  /** Namespace of the lease. */
  readonly namespace: string;
  /** Looks after ForecastClusters of this namespace alone. Default: of all. */
  readonly watchNamespace?: string | undefined;
  /** Name of this process. Default: the host's name and process id. */
  readonly identity?: string | undefined;
  /** ForecastClusters worked on at once. Default 4. */
  readonly concurrency?: number;
  /** Told when the operator begins and ends to lead. */
  readonly onLeads?: (leading: boolean) => void;
  /** Times of the lease. Default 15, 10 and 2 s. */
  readonly lease?: { readonly leaseMs: number; readonly renewMs: number; readonly retryMs: number };
}

const OURS = 'app.kubernetes.io/managed-by=isotherm-operator';

/** Runs the operator until its signal aborts. */
export async function runOperator(deps: OperatorDeps, options: OperatorOptions): Promise<void> {
  const { connection, logger, runtime } = deps;
  const { signal, namespace, identity = `${hostname()}-${process.pid}`, onLeads = () => {} } = options;
  const metrics = createClientMetrics(new URL(connection.server).host);
  const client = createKubeClient(connection, { onAnswer: metrics.answered });
  const announce = (leads: boolean) => {
    metrics.leads('isotherm-operator', leads);
    onLeads(leads);
  };
  await holdLease(
    { client, runtime, logger, onLeads: announce },
    {
      namespace,
      name: 'isotherm-operator',
      identity,
      signal,
      ...options.lease,
      lead: (term) => lead({ ...deps, client }, { ...options, identity, signal: term }),
    },
  );
}

async function lead(
  deps: OperatorDeps & { readonly client: ReturnType<typeof createKubeClient> },
  options: OperatorOptions & { readonly identity: string },
): Promise<void> {
  const { client, runtime, logger, decider } = deps;
  const { signal, identity, concurrency = 4, watchNamespace } = options;
  const queue = createWorkQueue({ runtime, metrics: createQueueMetrics('forecastcluster') }, { maxRetryMs: 30_000 });
  const addOwner = (_: string, object: KubeObject) => {
    const key = clusterKeyOf(object);
    if (key !== undefined) queue.add(key);
  };
  const mirror = (options: Pick<Parameters<typeof startReflector>[1], 'type' | 'onChange' | 'labelSelector'>) =>
    startReflector({ client, runtime, logger }, { ...options, namespace: watchNamespace, signal });
  const clusters = mirror({
    type: { apiVersion: `${GROUP}/${VERSION}`, kind: 'ForecastCluster' },
    onChange(key, object, previous) {
      // A status that we wrote ourselves is no reason to look again.
      if (previous === undefined || previous === object || wish(previous) !== wish(object)) queue.add(key);
    },
  });
  const pods = mirror({ type: { apiVersion: 'v1', kind: 'Pod' }, labelSelector: OURS, onChange: addOwner });
  const children = new Map<string, Reflector>(
    CHILD_TYPES.map((type) => [type.kind, mirror({ type, labelSelector: OURS, onChange: addOwner })]),
  );
  const mirrors: Mirrors = { clusters, pods, children };
  const all = [clusters, pods, ...children.values()];
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  await Promise.race([Promise.all(all.map(({ synced }) => synced)), aborted]);

  const events = createEventRecorder({ client, runtime, logger }, { instance: identity });
  const control = createControlClient();
  const owners = (object: KubeObject) => clusters.get(clusterKeyOf(object) ?? '');
  const reconcile = createReconciler(
    {
      client,
      mirrors,
      runtime,
      logger,
      events,
      decider,
      control,
      reachability: createReachability(runtime),
      workloads: createApplier(client, 'isotherm-workloads'),
      surroundings: createApplier(client, 'isotherm-surroundings'),
      status: createStatusWriter(
        { client, runtime },
        { manager: 'isotherm-status', volatile: ['lagSeconds', 'autoscaling'] },
      ),
      onCorrected(object) {
        const regarding = owners(object);
        if (regarding === undefined) return;
        const note = `${describeRef(refOf(object))} had been changed by somebody else; set back to what the ForecastCluster asks for.`;
        events.record({ regarding, type: 'Warning', reason: 'DriftCorrected', action: 'Apply', note });
      },
    },
    options,
  );
  await runController(
    { queue, reconcile, runtime, logger, metrics: createControllerMetrics('forecastcluster', concurrency) },
    { concurrency, signal },
  );
  await Promise.all([events.flush(), ...all.map(({ ended }) => ended)]);
  control.close();
}

/** What of a ForecastCluster asks for work. */
function wish({ metadata }: KubeObject): string {
  return JSON.stringify([metadata.uid, metadata.generation, metadata.deletionTimestamp, metadata.annotations]);
}
