import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import type { ForecastClusterStatus } from '../src/api/index.ts';
import { installObjects } from '../src/deploy/deploy-files.ts';
import { OPERATOR_IMAGE } from '../src/deploy/operator-image.ts';
import type { KubeObject } from '../src/runtime/index.ts';
import { startFakeKubelet } from './harness/fake-kubelet.ts';
import { installCrd, kubectl, makeNamespace, sharedClient, smallest } from './harness/kube.ts';
import { startOperator } from './harness/operator-process.ts';
import { until } from './harness/until.ts';

const client = sharedClient();
const ROOT = join(import.meta.dirname, '../..');
const NAMESPACE = 'isotherm-system';

beforeAll(async () => {
  await installCrd(client);
  for (const object of installObjects(OPERATOR_IMAGE) as readonly KubeObject[])
    await client.apply(object, { manager: 'test' });
});

test('with the rights of its service account alone the operator brings a cluster up', async () => {
  const namespace = 'least-privilege';
  await makeNamespace(client, namespace);
  const kubelet = await startFakeKubelet(client, namespace);
  onTestFinished(() => kubelet[Symbol.asyncDispose]());
  const { stdout: token } = kubectl(['-n', NAMESPACE, 'create', 'token', 'isotherm-operator']);
  const operator = startOperator(inject('plane').kubeconfig, namespace, { token, operator: { namespace: NAMESPACE } });
  onTestFinished(() => operator.stop());
  const spec = { partitions: 4, autoscaling: { mode: 'Off' }, compute: { shards: 2 }, deletionPolicy: 'Delete' };
  const made = await client.create(smallest('demo', namespace, spec));
  const status = await until('ready', async () => {
    const now = ((await client.get({ ...made, name: 'demo', namespace }))['status'] ?? {}) as ForecastClusterStatus;
    const ready = now.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status !== 'True' || now.shards !== 2) throw new Error(JSON.stringify(now));
    return now;
  });
  expect(status.version).toBe('0.1.0');
  await client.delete({ ...made, name: 'demo', namespace });
  await until(
    'gone',
    async () =>
      (await client.list({ apiVersion: 'isotherm.dev/v1alpha1', kind: 'ForecastCluster' }, { namespace })).items
        .length === 0,
  );
});

test.each([
  ['get', 'secrets'],
  ['list', 'secrets'],
  ['create', 'secrets'],
  ['create', 'pods'],
  ['create', 'pods/exec'],
  ['delete', 'namespaces'],
  ['update', 'clusterroles.rbac.authorization.k8s.io'],
  ['delete', 'forecastclusters.isotherm.dev'],
  ['update', 'nodes'],
])('its service account may not %s %s', (verb, resource) => {
  const as = `--as=system:serviceaccount:${NAMESPACE}:isotherm-operator`;
  expect(kubectl(['auth', 'can-i', verb, resource, as, '-n', 'default']).stdout).toBe('no');
});

test('install.yaml is accepted as it is, twice', () => {
  const path = join(ROOT, 'deploy/install.yaml');
  for (let round = 0; round < 2; round++) {
    expect(kubectl(['apply', '--server-side', '--force-conflicts', '-f', path])).toMatchObject({ status: 0 });
  }
});

describe('the chart', () => {
  const chart = join(ROOT, 'deploy/helm/isotherm-operator');
  let helm = '';
  beforeAll(() => {
    helm = execFileSync('bash', [join(ROOT, 'tools/cluster/build.sh'), 'helm'], { encoding: 'utf8' }).trim();
  }, 600_000);
  const run = (...args: readonly string[]) => spawnSync(helm, [...args], { encoding: 'utf8' });

  test.each(['values', 'values-dev', 'values-qat', 'values-prod'])(
    'passes lint, and the API server takes all of %s.yaml',
    (values) => {
      const file = join(chart, `${values}.yaml`);
      expect(run('lint', '--strict', chart, '-f', file)).toMatchObject({ status: 0 });
      // PodMonitor is a kind of another operator.
      const rendered = run(
        'template',
        'isotherm',
        chart,
        '--kube-version',
        '1.35.0',
        '-n',
        NAMESPACE,
        '-f',
        file,
        '--set',
        'podMonitor=false',
      );
      expect(rendered.stderr).toBe('');
      const { status, stderr } = kubectl(
        ['apply', '--server-side', '--force-conflicts', '--dry-run=server', '-f', '-'],
        rendered.stdout,
      );
      expect(stderr).toBe('');
      expect(status).toBe(0);
    },
  );

  test('keeps the CRD when it is removed, and refuses values that it does not know', () => {
    expect(run('template', 'isotherm', chart, '--kube-version', '1.35.0').stdout).toContain(
      '"helm.sh/resource-policy": "keep"',
    );
    expect(run('template', 'isotherm', chart, '--kube-version', '1.35.0', '--set', 'replica=2').stderr).toContain(
      "'replica' not allowed",
    );
    expect(run('template', 'isotherm', chart, '--kube-version', '1.35.0', '--set', 'replicas=0').stderr).toContain(
      '/replicas',
    );
  });
});
