import type { ForecastCluster } from '../api/index.ts';
import { digestOf } from '../runtime/digest.ts';
import {
  type Component,
  GENERATED_TLS_SECRET,
  labelsOf,
  nameOf,
  PORTS,
  selectorOf,
  TEMPLATE_ANNOTATION,
} from './names.ts';
import { isEncrypted, PATHS } from './render-config.ts';

/** A pod template, with the digest of what was rendered as an annotation. */
export interface PodTemplate {
  readonly metadata: { readonly labels: object; readonly annotations: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

interface Mount {
  readonly name: string;
  readonly path: string;
  readonly volume: object;
  readonly writable?: boolean;
}

/** Renders the pods of a component. The same object gives the same bytes in every release of the operator: a change restarts every pod. */
export function renderPodTemplate(cluster: ForecastCluster, component: Component, configMap: string): PodTemplate {
  const { podTemplate, image } = cluster.spec;
  const mounts = mountsOf(cluster, component, configMap);
  const metadata = {
    labels: { ...podTemplate.labels, ...labelsOf(cluster, component), ...selectorOf(cluster, component) },
    annotations: podTemplate.annotations,
  };
  const spec = {
    serviceAccountName: nameOf(cluster, component),
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: component === 'compute' ? 60 : 30,
    securityContext: {
      runAsNonRoot: true,
      ...podTemplate.securityContext,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...optional(
      'imagePullSecrets',
      image.pullSecretNames.map((name) => ({ name })),
    ),
    ...optional('nodeSelector', podTemplate.nodeSelector),
    ...optional('tolerations', podTemplate.tolerations),
    ...(podTemplate.priorityClassName === '' ? {} : { priorityClassName: podTemplate.priorityClassName }),
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: selectorOf(cluster, component) },
      },
    ],
    containers: [containerOf(cluster, component, mounts)],
    volumes: mounts.map(({ name, volume }) => ({ name, ...volume })),
  };
  const digest = digestOf({ metadata, spec });
  return { metadata: { ...metadata, annotations: { ...metadata.annotations, [TEMPLATE_ANNOTATION]: digest } }, spec };
}

/** Digest of what a template or a pod was rendered from. */
export function templateDigest(object: { readonly metadata?: { readonly annotations?: object } } | undefined): string {
  return String((object?.metadata?.annotations as Record<string, string> | undefined)?.[TEMPLATE_ANNOTATION] ?? '');
}

function containerOf(cluster: ForecastCluster, component: Component, mounts: readonly Mount[]): object {
  const { image, version } = cluster.spec;
  const probe = (path: string) => ({ httpGet: { path, port: 'metrics' }, timeoutSeconds: 5 });
  const drains = component === 'ingest' || component === 'query';
  return {
    name: component,
    image: image.digest === '' ? `${image.repository}:${version}` : `${image.repository}@${image.digest}`,
    imagePullPolicy: image.pullPolicy,
    args: [component, '--config', `${PATHS.config}/isotherm.json`, '--name', '$(POD_NAME)', '--host', '0.0.0.0'],
    env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    ports: [
      { name: component === 'query' || component === 'analytics' ? 'http' : 'grpc', containerPort: PORTS[component] },
      { name: 'metrics', containerPort: PORTS.metrics },
    ],
    startupProbe: { ...probe('/livez'), periodSeconds: 2, failureThreshold: 60 },
    livenessProbe: { ...probe('/livez'), periodSeconds: 10, failureThreshold: 6 },
    readinessProbe: { ...probe('/readyz'), periodSeconds: 5, failureThreshold: 2 },
    // Callers stop sending before the process does: endpoints are told of an end as the pod is.
    ...(drains ? { lifecycle: { preStop: { sleep: { seconds: 5 } } } } : {}),
    resources: resourcesOf(cluster, component),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: mounts.map(({ name, path, writable }) => ({
      name,
      mountPath: path,
      ...(writable ? {} : { readOnly: true }),
    })),
  };
}

function resourcesOf({ spec }: ForecastCluster, component: Component): object {
  if (component !== 'analytics') return spec[component].resources;
  return { requests: { cpu: '200m', memory: '1Gi' }, limits: { memory: '2Gi' } };
}

function mountsOf(cluster: ForecastCluster, component: Component, configMap: string): readonly Mount[] {
  const { log, checkpoints, analytics, tenants, tls } = cluster.spec;
  const is = (...components: readonly Component[]) => components.includes(component);
  const mounts: Mount[] = [
    { name: 'config', path: PATHS.config, volume: { configMap: { name: configMap } } },
    { name: 'scratch', path: PATHS.scratch, volume: { emptyDir: {} }, writable: true },
  ];
  const secret = (name: string, path: string, secretName: string | undefined, volume?: object) => {
    if (secretName) mounts.push({ name, path, volume: volume ?? { secret: { secretName } } });
  };
  if (is('compute', 'query')) {
    const volume = { configMap: { name: nameOf(cluster, 'placement') } };
    mounts.push({ name: 'placement', path: PATHS.placement, volume });
  }
  if (is('ingest', 'compute')) {
    secret('kafka-ca', PATHS.kafkaCa, log.kafka.tls.caSecretName);
    secret('kafka', PATHS.kafka, log.kafka.authentication.secretName);
    secret('s3', PATHS.s3, checkpoints.s3.secretName);
  }
  if (is('compute', 'query')) {
    secret('clickhouse', PATHS.clickHouse, analytics.clickHouse?.secretName);
    secret('clickhouse-ca', PATHS.clickHouseCa, analytics.clickHouse?.caSecretName);
  }
  if (is('ingest', 'query')) secret('tenants', PATHS.tenants, tenants.secretName);
  if (isEncrypted(cluster) && !is('analytics')) {
    const secretName = tls.generate ? GENERATED_TLS_SECRET : tls.secretName;
    // The key of the authority is in the generated Secret too, and stays out of the pods.
    const items = ['tls.crt', 'tls.key', 'ca.crt'].map((key) => ({ key, path: key }));
    secret('tls', PATHS.tls, secretName, { secret: { secretName, items } });
  }
  if (is('analytics')) {
    const volume = { persistentVolumeClaim: { claimName: nameOf(cluster, 'analytics') } };
    mounts.push({ name: 'data', path: PATHS.data, volume, writable: true });
  }
  return mounts;
}

function optional(field: string, value: object): object {
  return Object.keys(value).length === 0 ? {} : { [field]: value };
}
