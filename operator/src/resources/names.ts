import type { ForecastCluster } from '../api/index.ts';
import type { KubeMetadata } from '../runtime/kube-object.ts';

/** The components that run as pods. */
export const COMPONENTS = ['ingest', 'compute', 'query', 'analytics'] as const;
export type Component = (typeof COMPONENTS)[number];

/** Ports of the roles: docs/adr/0016. */
export const PORTS = { ingest: 50051, compute: 50052, query: 8080, analytics: 8123, metrics: 9464 } as const;

/** Secret that the operator makes where spec.tls.generate is set. One name for all, so that access can be granted to it alone. */
export const GENERATED_TLS_SECRET = 'isotherm-generated-tls';

/** Label that says which ForecastCluster an object belongs to. */
export const CLUSTER_LABEL = 'isotherm.dev/cluster';
/** Annotation of a pod template and its pods: digest of what was rendered. */
export const TEMPLATE_ANNOTATION = 'isotherm.dev/template';

/** Name of a component's objects, and of the placement, the release and so on. */
export function nameOf(cluster: ForecastCluster, part: string): string {
  return `${cluster.metadata.name}-${part}`;
}

/** Name of the shard with an ordinal: of its pod and in the placement. */
export function shardName(cluster: ForecastCluster, ordinal: number): string {
  return `${nameOf(cluster, 'compute')}-${ordinal}`;
}

/** Ordinal of a shard's name. */
export function ordinalOf(shard: string): number {
  return Number(shard.slice(shard.lastIndexOf('-') + 1));
}

/** Labels that select the pods of a component. */
export function selectorOf(cluster: ForecastCluster, component: Component): Readonly<Record<string, string>> {
  return { [CLUSTER_LABEL]: cluster.metadata.name, 'app.kubernetes.io/component': component };
}

/** Labels of every object. */
export function labelsOf(cluster: ForecastCluster, component?: string): Readonly<Record<string, string>> {
  return {
    'app.kubernetes.io/name': 'isotherm',
    'app.kubernetes.io/managed-by': 'isotherm-operator',
    [CLUSTER_LABEL]: cluster.metadata.name,
    ...(component === undefined ? {} : { 'app.kubernetes.io/component': component }),
  };
}

/** Metadata of an object that goes with its ForecastCluster. */
export function ownedMetadata(cluster: ForecastCluster, name: string, component?: string): KubeMetadata {
  const { apiVersion, kind, metadata } = cluster;
  return {
    name,
    namespace: metadata.namespace,
    labels: labelsOf(cluster, component),
    ownerReferences: [
      { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: false },
    ],
  };
}

/** Components that this cluster has. */
export function componentsOf(cluster: ForecastCluster): readonly Component[] {
  return COMPONENTS.filter((component) => component !== 'analytics' || cluster.spec.analytics.embedded !== undefined);
}
