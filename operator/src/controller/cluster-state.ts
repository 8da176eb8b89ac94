import type { ForecastCluster } from '../api/index.ts';
import { CLUSTER_LABEL, nameOf } from '../resources/index.ts';
import { type KubeObject, type KubeRef, type KubeType, pluralOf, type Reflector } from '../runtime/index.ts';

/** Mirrors of everything that the operator reads. */
export interface Mirrors {
  readonly clusters: Reflector;
  readonly pods: Reflector;
  /** Mirrors of what the operator writes, by kind. */
  readonly children: ReadonlyMap<string, Reflector>;
}

/** Kinds that the operator writes and mirrors. */
export const CHILD_TYPES: readonly KubeType[] = [
  { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'v1', kind: 'ConfigMap' },
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'v1', kind: 'ServiceAccount' },
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' },
  { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
  { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
  { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
];

/** Kinds that a cluster may not have: they are read one by one, and only where they are used. */
export const OPTIONAL_TYPES: readonly KubeType[] = [
  { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' },
  { apiVersion: 'monitoring.coreos.com/v1', kind: 'PodMonitor' },
];

/** A child of a cluster, as the mirror has it. */
export function childOf(mirrors: Mirrors, ref: KubeRef): KubeObject | undefined {
  return mirrors.children.get(ref.kind)?.get(`${ref.namespace ?? ''}/${ref.name}`);
}

/** Children of a kind that belong to a cluster. */
export function childrenOf(mirrors: Mirrors, cluster: ForecastCluster, kind: string): readonly KubeObject[] {
  const all = mirrors.children.get(kind)?.list() ?? [];
  return all.filter((object) => belongsTo(cluster, object));
}

/** Pods of a component. */
export function podsOf(mirrors: Mirrors, cluster: ForecastCluster, component: string): readonly KubeObject[] {
  return mirrors.pods
    .list()
    .filter((pod) => belongsTo(cluster, pod) && pod.metadata.labels?.['app.kubernetes.io/component'] === component);
}

/** Another ForecastCluster that was there before and uses the same store or the same topic. */
export function ownerOfStore(mirrors: Mirrors, cluster: ForecastCluster): string | undefined {
  const mine = storesOf(cluster);
  const { uid } = cluster.metadata;
  for (const other of mirrors.clusters.list() as unknown as readonly ForecastCluster[]) {
    if (other.metadata.uid === uid || !isOlder(other, cluster)) continue;
    const shared = storesOf(other).find((store) => mine.includes(store));
    if (shared !== undefined)
      return `ForecastCluster ${other.metadata.namespace}/${other.metadata.name} uses ${shared} already`;
  }
  return undefined;
}

function storesOf({ spec, metadata }: ForecastCluster): readonly string[] {
  const { s3 } = spec.checkpoints;
  const { kafka } = spec.log;
  const topic = kafka.topic?.name || `${metadata.name}-observations`;
  return [
    `spec.checkpoints.s3 ${s3.endpoint || s3.region}/${s3.bucket}/${s3.prefix || metadata.name}`,
    ...kafka.bootstrapServers.map((server) => `spec.log.kafka topic ${topic} of ${server}`),
  ];
}

function isOlder(a: ForecastCluster, b: ForecastCluster): boolean {
  const [first, second] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  return first === second ? a.metadata.uid < b.metadata.uid : first < second;
}

function belongsTo({ metadata }: ForecastCluster, object: KubeObject): boolean {
  return object.metadata.namespace === metadata.namespace && object.metadata.labels?.[CLUSTER_LABEL] === metadata.name;
}

/** Key of the ForecastCluster that an object belongs to; undefined: none. */
export function clusterKeyOf(object: KubeObject): string | undefined {
  const name = object.metadata.labels?.[CLUSTER_LABEL];
  return name === undefined ? undefined : `${object.metadata.namespace ?? ''}/${name}`;
}

/** The ConfigMap of a part of a cluster. */
export function configMapRef(cluster: ForecastCluster, part: string): KubeRef {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace: cluster.metadata.namespace, name: nameOf(cluster, part) };
}

/** What the operator may do: the rules of its ClusterRole. Nothing more than the code asks for. */
export function accessRules(): readonly object[] {
  const groupOf = ({ apiVersion }: KubeType) => (apiVersion.includes('/') ? apiVersion.split('/')[0] : '');
  const write = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];
  return [
    { apiGroups: ['isotherm.dev'], resources: ['forecastclusters'], verbs: ['get', 'list', 'watch', 'patch'] },
    {
      apiGroups: ['isotherm.dev'],
      resources: ['forecastclusters/status', 'forecastclusters/finalizers'],
      verbs: ['get', 'patch', 'update'],
    },
    { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'delete'] },
    { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
    ...[...CHILD_TYPES, ...OPTIONAL_TYPES].map((type) => ({
      apiGroups: [groupOf(type)],
      resources: [pluralOf(type.kind)],
      verbs: write,
    })),
  ];
}

/** What it may do in its own namespace: hold its lease. */
export function leaseRules(): readonly object[] {
  return [{ apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update', 'patch'] }];
}
