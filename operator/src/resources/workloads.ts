import type { ForecastCluster } from '../api/index.ts';
import type { KubeObject } from '../runtime/kube-object.ts';
import { type Component, nameOf, ownedMetadata, PORTS, selectorOf } from './names.ts';
import type { PodTemplate } from './pod-template.ts';

/** The shards. `partition` and `replicas` change one at a time: the controller decides. */
export function renderStatefulSet(
  cluster: ForecastCluster,
  options: { readonly template: PodTemplate; readonly replicas: number; readonly partition: number },
): KubeObject {
  const name = nameOf(cluster, 'compute');
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: ownedMetadata(cluster, name, 'compute'),
    spec: {
      replicas: options.replicas,
      serviceName: name,
      podManagementPolicy: 'Parallel',
      revisionHistoryLimit: 5,
      selector: { matchLabels: selectorOf(cluster, 'compute') },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: options.partition } },
      template: options.template,
    },
  };
}

/** A component without state. With an HPA the number of pods is left out: it is the HPA's. */
export function renderDeployment(
  cluster: ForecastCluster,
  component: Exclude<Component, 'compute'>,
  template: PodTemplate,
): KubeObject {
  const { spec } = cluster;
  const workload = component === 'analytics' ? { scaling: 'Fixed', replicas: 1 } : spec[component];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: ownedMetadata(cluster, nameOf(cluster, component), component),
    spec: {
      ...(workload.scaling === 'HPA' ? {} : { replicas: workload.replicas }),
      revisionHistoryLimit: 3,
      progressDeadlineSeconds: spec.update.progressDeadlineSeconds,
      selector: { matchLabels: selectorOf(cluster, component) },
      // One process at a time may have the volume of the embedded engine.
      strategy:
        component === 'analytics'
          ? { type: 'Recreate' }
          : { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template,
    },
  };
}

/** The volume of the embedded engine. It outlives its ForecastCluster unless the deletion policy is Delete. */
export function renderVolumeClaim(cluster: ForecastCluster): KubeObject | undefined {
  const { embedded } = cluster.spec.analytics;
  if (embedded === undefined) return undefined;
  const { ownerReferences: _, ...kept } = ownedMetadata(cluster, nameOf(cluster, 'analytics'), 'analytics');
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: kept as KubeObject['metadata'],
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: embedded.storage } },
      ...(embedded.storageClassName === '' ? {} : { storageClassName: embedded.storageClassName }),
    },
  };
}

/** Services. Shards are known by name before they are ready, since they are told there what they own. */
export function renderService(cluster: ForecastCluster, component: Component): KubeObject {
  const grpc = component === 'ingest' || component === 'compute';
  const port = PORTS[component];
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: ownedMetadata(cluster, nameOf(cluster, component), component),
    spec: {
      ...(component === 'compute' ? { clusterIP: 'None', publishNotReadyAddresses: true } : {}),
      selector: selectorOf(cluster, component),
      ports: [
        {
          name: grpc ? 'grpc' : 'http',
          port,
          targetPort: port,
          protocol: 'TCP',
          ...(grpc ? { appProtocol: 'kubernetes.io/h2c' } : {}),
        },
        { name: 'metrics', port: PORTS.metrics, targetPort: PORTS.metrics, protocol: 'TCP' },
      ],
    },
  };
}

/** At most one pod of a component is taken away at a time by those who ask first. */
export function renderDisruptionBudget(cluster: ForecastCluster, component: Component): KubeObject {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: ownedMetadata(cluster, nameOf(cluster, component), component),
    spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(cluster, component) } },
  };
}

/** The owner of the number of pods where scaling is HPA. */
export function renderPodAutoscaler(cluster: ForecastCluster, component: 'ingest' | 'query'): KubeObject | undefined {
  const { scaling, replicas, maxReplicas, targetCpuPercent } = cluster.spec[component];
  if (scaling !== 'HPA') return undefined;
  const name = nameOf(cluster, component);
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: ownedMetadata(cluster, name, component),
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: replicas,
      maxReplicas,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: targetCpuPercent } },
        },
      ],
    },
  };
}

/** The identity of a component's pods. They do not call the API server. */
export function renderServiceAccount(cluster: ForecastCluster, component: Component): KubeObject {
  const metadata = ownedMetadata(cluster, nameOf(cluster, component), component);
  const annotations = cluster.spec.podTemplate.serviceAccountAnnotations;
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: Object.keys(annotations).length === 0 ? metadata : { ...metadata, annotations },
    automountServiceAccountToken: false,
  };
}
