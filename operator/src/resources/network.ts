import type { ForecastCluster } from '../api/index.ts';
import type { KubeObject } from '../runtime/kube-object.ts';
import { CLUSTER_LABEL, type Component, componentsOf, nameOf, ownedMetadata, PORTS, selectorOf } from './names.ts';
import { outsidePorts } from './render-config.ts';

const tcp = (...ports: readonly number[]) => ports.map((port) => ({ protocol: 'TCP', port }));
const DNS = { ports: [{ protocol: 'UDP', port: 53 }, ...tcp(53)] };
const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/** Denies every connection of the cluster's pods, then allows those that the services need. */
export function renderNetworkPolicies(cluster: ForecastCluster): readonly KubeObject[] {
  if (!cluster.spec.networkPolicy.enabled) return [];
  const policy = (name: string, spec: object): KubeObject => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: ownedMetadata(cluster, name),
    spec,
  });
  const everyPod = { matchLabels: { [CLUSTER_LABEL]: cluster.metadata.name } };
  const denial = policy(nameOf(cluster, 'deny'), { podSelector: everyPod, policyTypes: ['Ingress', 'Egress'] });
  const allowed = componentsOf(cluster).map((component) =>
    policy(nameOf(cluster, component), {
      podSelector: { matchLabels: selectorOf(cluster, component) },
      policyTypes: ['Ingress', 'Egress'],
      // Metrics and probes: from wherever they are collected.
      ingress: [...callersOf(cluster, component), { ports: tcp(PORTS.metrics) }],
      egress: [DNS, ...calledBy(cluster, component)],
    }),
  );
  return [denial, ...allowed];
}

function callersOf(cluster: ForecastCluster, component: Component): readonly object[] {
  const ports = tcp(PORTS[component]);
  const from = (...components: readonly Component[]) => ({ from: components.map((one) => pods(cluster, one)), ports });
  const { clientNamespaces } = cluster.spec.networkPolicy;
  const namespaces = clientNamespaces.map((name) => ({
    namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: name } },
  }));
  const clients = { ...(namespaces.length === 0 ? {} : { from: namespaces }), ports };
  const operator = {
    from: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'app.kubernetes.io/name': 'isotherm-operator' } } }],
    ports,
  };
  switch (component) {
    case 'ingest':
      return [clients, from('query')];
    case 'query':
      return [clients];
    case 'compute':
      return [from('query', 'compute'), operator];
    case 'analytics':
      return [from('compute', 'query')];
  }
}

function calledBy(cluster: ForecastCluster, component: Component): readonly object[] {
  const outside = outsidePorts(cluster);
  const to = (one: Component) => ({ to: [pods(cluster, one)], ports: tcp(PORTS[one]) });
  const anywhere = (...lists: readonly (readonly number[])[]) => {
    const ports = [...new Set(lists.flat())].sort((a, b) => a - b);
    return ports.length === 0 ? [] : [{ ports: tcp(...ports) }];
  };
  const analytics = cluster.spec.analytics.embedded === undefined ? [] : [to('analytics')];
  switch (component) {
    case 'ingest':
      return anywhere(outside.kafka, outside.s3, outside.traces);
    case 'compute':
      return [to('compute'), ...analytics, ...anywhere(outside.kafka, outside.s3, outside.clickHouse, outside.traces)];
    case 'query':
      return [to('compute'), to('ingest'), ...analytics, ...anywhere(outside.clickHouse, outside.traces)];
    case 'analytics':
      return anywhere(outside.traces);
  }
}

function pods(cluster: ForecastCluster, component: Component): object {
  return { podSelector: { matchLabels: selectorOf(cluster, component) } };
}

/** How callers from outside reach the public API; undefined where they do not. */
export function renderRoute(cluster: ForecastCluster): KubeObject | undefined {
  const { kind, host, className, gatewayName, gatewayNamespace, tlsSecretName, annotations } = cluster.spec.route;
  const name = nameOf(cluster, 'query');
  const owned = ownedMetadata(cluster, name, 'query');
  const metadata = Object.keys(annotations).length === 0 ? owned : { ...owned, annotations };
  switch (kind) {
    case 'None':
      return undefined;
    case 'Ingress': {
      const backend = { service: { name, port: { number: PORTS.query } } };
      return {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata,
        spec: {
          ...(className === '' ? {} : { ingressClassName: className }),
          ...(tlsSecretName === '' ? {} : { tls: [{ hosts: [host], secretName: tlsSecretName }] }),
          rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
        },
      };
    }
    case 'Gateway':
      return {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        metadata,
        spec: {
          parentRefs: [{ name: gatewayName, ...(gatewayNamespace === '' ? {} : { namespace: gatewayNamespace }) }],
          hostnames: [host],
          rules: [{ backendRefs: [{ name, port: PORTS.query }] }],
        },
      };
  }
}

/** Tells the Prometheus operator where metrics are. */
export function renderPodMonitor(cluster: ForecastCluster): KubeObject | undefined {
  if (!cluster.spec.monitoring.podMonitor) return undefined;
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: ownedMetadata(cluster, cluster.metadata.name),
    spec: {
      selector: { matchLabels: { [CLUSTER_LABEL]: cluster.metadata.name } },
      podMetricsEndpoints: [{ port: 'metrics', interval: '15s' }],
    },
  };
}
