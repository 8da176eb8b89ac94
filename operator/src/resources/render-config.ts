import type { ForecastCluster } from '../api/index.ts';
import { nameOf, PORTS } from './names.ts';

/** Where files are in the pods. */
export const PATHS = {
  config: '/etc/isotherm/config',
  placement: '/etc/isotherm/placement',
  kafkaCa: '/etc/isotherm/kafka-ca',
  kafka: '/etc/isotherm/kafka',
  s3: '/etc/isotherm/s3',
  clickHouse: '/etc/isotherm/clickhouse',
  clickHouseCa: '/etc/isotherm/clickhouse-ca',
  tenants: '/etc/isotherm/tenants',
  tls: '/etc/isotherm/tls',
  data: '/var/lib/isotherm',
  scratch: '/tmp',
} as const;

/** Whether connections between the services are encrypted. */
export function isEncrypted({ spec }: ForecastCluster): boolean {
  return spec.tls.generate || spec.tls.secretName !== '';
}

/** The configuration file of all roles: docs/adr/0016. Secrets are paths of mounted files. */
export function renderConfig(cluster: ForecastCluster): object {
  const { spec, metadata } = cluster;
  const { partitions, windows, formula, tenants, otlpEndpoint } = spec;
  const { standbys, failoverAfterSeconds, handOffTimeoutSeconds } = spec.compute;
  return {
    name: metadata.name,
    partitions,
    windows,
    formula,
    log: { kafka: kafkaConfig(cluster) },
    checkpoints: {
      intervalSeconds: spec.checkpoints.intervalSeconds,
      s3: {
        bucket: spec.checkpoints.s3.bucket,
        prefix: spec.checkpoints.s3.prefix || metadata.name,
        region: spec.checkpoints.s3.region,
        endpoint: spec.checkpoints.s3.endpoint,
        credentialsDirectory: spec.checkpoints.s3.secretName === '' ? '' : PATHS.s3,
      },
    },
    analytics: { clickHouse: clickHouseConfig(cluster), rawRetentionDays: spec.analytics.rawRetentionDays },
    placement: { file: `${PATHS.placement}/table.json` },
    compute: { standbys, failoverAfterSeconds, handOffTimeoutSeconds },
    ingests: [`${nameOf(cluster, 'ingest')}:${PORTS.ingest}`],
    ...(tenants.secretName === '' ? {} : { tenants: { file: `${PATHS.tenants}/tenants.json` } }),
    ...(isEncrypted(cluster) ? { tls: { directory: PATHS.tls } } : {}),
    otlpEndpoint,
  };
}

function kafkaConfig({ spec, metadata }: ForecastCluster): object {
  const { bootstrapServers, topic, allowUnsafeTopic, tls, authentication } = spec.log.kafka;
  const encrypted = tls.enabled || tls.caSecretName !== '';
  return {
    bootstrapServers,
    topic: { ...topic, name: topic.name || `${metadata.name}-observations` },
    allowUnsafeTopic,
    ...(encrypted ? { tls: { caFile: tls.caSecretName === '' ? '' : `${PATHS.kafkaCa}/ca.crt` } } : {}),
    ...(authentication.mechanism === 'None'
      ? {}
      : { authentication: { mechanism: authentication.mechanism, credentialsDirectory: PATHS.kafka } }),
  };
}

function clickHouseConfig(cluster: ForecastCluster): object {
  const { clickHouse } = cluster.spec.analytics;
  if (clickHouse === undefined) {
    return { urls: [`http://${nameOf(cluster, 'analytics')}:${PORTS.analytics}`], database: 'isotherm' };
  }
  const { url, urls, database, clusterName, secretName, caSecretName } = clickHouse;
  return {
    urls: url === '' ? urls : [url],
    database,
    clusterName,
    credentialsDirectory: secretName === '' ? '' : PATHS.clickHouse,
    caFile: caSecretName === '' ? '' : `${PATHS.clickHouseCa}/ca.crt`,
  };
}

/** Ports of servers outside that pods connect to, by section; for network policies. */
export function outsidePorts({
  spec,
}: ForecastCluster): Readonly<Record<'kafka' | 's3' | 'clickHouse' | 'traces', readonly number[]>> {
  const urls = [spec.analytics.clickHouse?.url ?? '', ...(spec.analytics.clickHouse?.urls ?? [])];
  return {
    kafka: unique(spec.log.kafka.bootstrapServers.map((server) => Number(server.slice(server.lastIndexOf(':') + 1)))),
    s3: spec.checkpoints.s3.endpoint === '' ? [443] : portsOf([spec.checkpoints.s3.endpoint]),
    clickHouse: portsOf(urls),
    traces: portsOf([spec.otlpEndpoint]),
  };
}

function portsOf(urls: readonly string[]): readonly number[] {
  return unique(
    urls
      .filter((url) => URL.canParse(url))
      .map((text) => new URL(text))
      .map(({ port, protocol }) => Number(port) || (protocol === 'https:' ? 443 : 80)),
  );
}

function unique(numbers: readonly number[]): readonly number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}
