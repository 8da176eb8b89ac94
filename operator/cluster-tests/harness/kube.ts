import { spawnSync } from 'node:child_process';
import { KubeConfig } from '@kubernetes/client-node';
import { inject } from 'vitest';
import { forecastClusterCrd } from '../../src/api/index.ts';
import { createKubeClient, createKubeConnection, type KubeClient, type KubeObject } from '../../src/runtime/index.ts';
import { until } from './until.ts';

/** Loads a kubeconfig, with another port of the server where a proxy stands before it, or another token. */
export function loadKubeconfig(path: string, port?: number, token?: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(path);
  if (port !== undefined) {
    config.clusters = config.clusters.map((cluster) => ({ ...cluster, server: `https://127.0.0.1:${port}` }));
  }
  if (token !== undefined) config.users = config.users.map(({ name }) => ({ name, token }));
  return config;
}

/** A client of a kubeconfig. */
export function clientOf(kubeconfig: string, port?: number): KubeClient {
  return createKubeClient(createKubeConnection({ load: () => loadKubeconfig(kubeconfig, port) }));
}

/** A client of the shared control plane, as its administrator. */
export function sharedClient(): KubeClient {
  return clientOf(inject('plane').kubeconfig);
}

/** What kubectl said. */
export function kubectl(
  args: readonly string[],
  input?: object | string,
): { status: number; stdout: string; stderr: string } {
  const { kubeconfig, kubectl: program } = inject('plane');
  const result = spawnSync(program, [`--kubeconfig=${kubeconfig}`, ...args], {
    encoding: 'utf8',
    ...(input === undefined ? {} : { input: typeof input === 'string' ? input : JSON.stringify(input) }),
  });
  return { status: result.status ?? 1, stdout: result.stdout.trim(), stderr: result.stderr.trim() };
}

/** Makes a namespace, with its default service account there. */
export async function makeNamespace(client: KubeClient, name: string): Promise<void> {
  await client.apply(
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    { manager: 'test' },
  );
  await until('service account', () =>
    client.get({ apiVersion: 'v1', kind: 'ServiceAccount', namespace: name, name: 'default' }),
  );
}

/** Installs the CRD; resolves when it is served. */
export async function installCrd(client: KubeClient): Promise<void> {
  const crd = forecastClusterCrd() as unknown as KubeObject;
  await client.apply(crd, { manager: 'test' });
  await until('CRD established', async () => {
    const { status } = await client.get({ ...crd, name: crd.metadata.name });
    const conditions =
      (status as { conditions?: { type: string; status: string; message: string }[] })?.conditions ?? [];
    const bad = conditions.find(({ type, status }) => type === 'NonStructuralSchema' && status === 'True');
    if (bad !== undefined) throw new Error(bad.message);
    return conditions.some(({ type, status }) => type === 'Established' && status === 'True');
  });
  await until('CRD served', async () => {
    await client.list({ apiVersion: 'isotherm.dev/v1alpha1', kind: 'ForecastCluster' });
    return true;
  });
}

/** The smallest useful ForecastCluster. */
export function smallest(name: string, namespace: string, spec: object = {}): KubeObject {
  return {
    apiVersion: 'isotherm.dev/v1alpha1',
    kind: 'ForecastCluster',
    metadata: { name, namespace },
    spec: {
      version: '0.1.0',
      log: { kafka: { bootstrapServers: ['kafka:9092'], allowUnsafeTopic: true } },
      checkpoints: { s3: { endpoint: 'http://s3:7070', bucket: 'isotherm', secretName: 's3' } },
      analytics: { clickHouse: { url: 'http://clickhouse:8123' } },
      ...spec,
    },
  };
}
