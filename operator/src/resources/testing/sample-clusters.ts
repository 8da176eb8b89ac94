import { type ForecastCluster, type ForecastClusterSpecInput, parseForecastCluster } from '../../api/index.ts';

const SMALLEST: ForecastClusterSpecInput = {
  version: '0.1.0',
  log: { kafka: { bootstrapServers: ['kafka:9092'], allowUnsafeTopic: true } },
  checkpoints: { s3: { endpoint: 'http://s3:7070', bucket: 'isotherm', secretName: 's3' } },
  analytics: { clickHouse: { url: 'http://clickhouse:8123' } },
};

const PRODUCTION: ForecastClusterSpecInput = {
  version: '0.1.0',
  image: { pullSecretNames: ['registry'], digest: `sha256:${'0'.repeat(64)}` },
  log: {
    kafka: {
      bootstrapServers: ['kafka-0:9093', 'kafka-1:9093'],
      topic: { name: 'prod-observations' },
      tls: { caSecretName: 'kafka-ca' },
      authentication: { mechanism: 'SCRAM-SHA-512', secretName: 'kafka-user' },
    },
  },
  checkpoints: { s3: { bucket: 'isotherm', prefix: 'prod', region: 'eu-west-1' } },
  analytics: { clickHouse: { url: 'https://ch:8443', secretName: 'ch', caSecretName: 'ch-ca' } },
  tenants: { secretName: 'prod-tenants' },
  tls: { generate: true },
  route: { kind: 'Ingress', host: 'weather.example.org' },
  networkPolicy: { clientNamespaces: ['producers'] },
  ingest: { scaling: 'HPA' },
  query: { scaling: 'HPA', maxReplicas: 20 },
  podTemplate: {
    annotations: { team: 'weather' },
    nodeSelector: { pool: 'stream' },
    tolerations: [{ key: 'stream', operator: 'Exists' }],
    serviceAccountAnnotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/isotherm' },
  },
  otlpEndpoint: 'http://otel:4318',
};

const EMBEDDED: ForecastClusterSpecInput = {
  ...SMALLEST,
  analytics: { embedded: {} },
  networkPolicy: { enabled: false },
};

/** Objects that between them render every kind. */
export const SAMPLES = {
  smallest: sampleCluster('demo', SMALLEST),
  production: sampleCluster('prod', PRODUCTION),
  embedded: sampleCluster('trial', EMBEDDED),
} as const;

/** A ForecastCluster as the API server would return it. */
export function sampleCluster(name: string, spec: ForecastClusterSpecInput, namespace = 'default'): ForecastCluster {
  const uid = '00000000-0000-4000-8000-000000000000';
  const parsed = parseForecastCluster({
    metadata: { name, namespace, uid, generation: 1, resourceVersion: '1' },
    spec,
  });
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
  return { ...parsed.cluster, apiVersion: 'isotherm.dev/v1alpha1', kind: 'ForecastCluster' };
}
