import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemRuntime } from '@isotherm/runtime';
import { createLogger } from '@isotherm/service-kit';
import { KubeConfig } from '@kubernetes/client-node';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createKubeClient, createKubeConnection, startReflector } from '../src/runtime/index.ts';
import { kubectl, loadKubeconfig, makeNamespace, sharedClient } from './harness/kube.ts';
import { until } from './harness/until.ts';

test('a token that was revoked is read again from its file, and the mirror goes on', async () => {
  const admin = sharedClient();
  const namespace = 'token';
  await makeNamespace(admin, namespace);
  const metadata = { name: 'reader', namespace };
  const rbac = 'rbac.authorization.k8s.io';
  const [group, role] = [`${rbac}/v1`, { kind: 'Role', name: 'reader', apiGroup: rbac }];
  await admin.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'] }];
  await admin.create({ apiVersion: group, kind: 'Role', metadata, rules });
  const subjects = [{ kind: 'ServiceAccount', name: 'reader', namespace }];
  await admin.create({ apiVersion: group, kind: 'RoleBinding', metadata, roleRef: role, subjects });
  const directory = mkdtempSync(join(tmpdir(), 'isotherm-token-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const tokenFile = join(directory, 'token');
  /** A token that ends when the Secret it is bound to is deleted. */
  const issue = async (secret: string) => {
    await admin.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: secret, namespace } });
    const { stdout } = kubectl([
      '-n',
      namespace,
      'create',
      'token',
      'reader',
      '--bound-object-kind=Secret',
      `--bound-object-name=${secret}`,
    ]);
    writeFileSync(`${tokenFile}.new`, stdout);
    renameSync(`${tokenFile}.new`, tokenFile);
  };
  await issue('first');
  const { kubeconfig } = inject('plane');
  const load = () => {
    const config = new KubeConfig();
    const clusters = loadKubeconfig(kubeconfig).clusters;
    const users = [{ name: 'reader', authProvider: { name: 'tokenFile', config: { tokenFile } } }];
    const contexts = [
      {
        name: 'x',
        context: { cluster: clusters[0]!.name, user: 'reader' },
        ...{ cluster: clusters[0]!.name, user: 'reader' },
      },
    ];
    config.loadFromOptions({ clusters, users, contexts, currentContext: 'x' });
    return config;
  };
  const statuses: number[] = [];
  const connection = createKubeConnection({ load });
  const client = createKubeClient(connection, { onAnswer: (status) => statuses.push(status) });
  const stop = new AbortController();
  onTestFinished(async () => {
    stop.abort();
    await connection.close();
  });
  const logger = createLogger({ service: 'test', level: 'silent' });
  const mirror = startReflector(
    { client, runtime: systemRuntime, logger },
    {
      type: { apiVersion: 'v1', kind: 'ConfigMap' },
      namespace,
      onChange: () => {},
      signal: stop.signal,
      idleMs: 1_000,
    },
  );
  await mirror.synced;
  await admin.delete({ apiVersion: 'v1', kind: 'Secret', namespace, name: 'first' });
  await until('the API server refuses the token', () => statuses.includes(401));
  await issue('second');
  const name = 'after';
  await admin.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } });
  await until('the mirror has what came after', () => mirror.get(`${namespace}/${name}`));
  expect(
    await client.list({ apiVersion: 'v1', kind: 'Secret' }, { namespace }).catch((error: Error) => error.message),
  ).toContain('secrets is forbidden');
});
