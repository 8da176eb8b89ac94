import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from './free-ports.ts';
import { controlPlanePrograms } from './programs.ts';

/** etcd, API server and controller manager on loopback, without root. There is no node: see the fake kubelet. */
export interface ControlPlane extends AsyncDisposable {
  readonly kubeconfig: string;
  readonly port: number;
  readonly kubectl: string;
  /** Ends the API server at once, as kill -9 does. */
  killApiServer(): Promise<void>;
  /** Starts it again; resolves when it serves. */
  startApiServer(): Promise<void>;
  /** Forgets old versions, so that a watch cannot go on from one of them. */
  compact(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a control plane; takes about 3 s. */
export async function startControlPlane(): Promise<ControlPlane> {
  const programs = controlPlanePrograms();
  const directory = mkdtempSync(join(tmpdir(), 'isotherm-control-plane-'));
  const children = new Map<string, ChildProcess>();
  const [port, etcdPort, peerPort, managerPort] = (await freePorts(4)) as [number, number, number, number];
  const token = randomBytes(16).toString('hex');
  const at = (name: string) => join(directory, name);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(at('sa.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  writeFileSync(at('tokens.csv'), `${token},admin,admin,system:masters\n`, { mode: 0o600 });
  const killAll = () => {
    for (const child of children.values()) child.kill('SIGKILL');
  };
  process.on('exit', killAll);

  function start(name: string, args: readonly string[]): void {
    const log = openSync(at(`${name}.log`), 'a');
    const child = spawn(programs[name]!, args, { cwd: directory, stdio: ['ignore', log, log] });
    closeSync(log);
    children.set(name, child);
  }

  async function kill(name: string): Promise<void> {
    const child = children.get(name);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  function failIfEnded(name: string): void {
    const child = children.get(name);
    if (child?.exitCode === null) return;
    throw new Error(`${name} ended while it started:\n${readFileSync(at(`${name}.log`), 'utf8').slice(-2000)}`);
  }

  async function startApiServer(): Promise<void> {
    start('kube-apiserver', [
      `--etcd-servers=http://127.0.0.1:${etcdPort}`,
      `--secure-port=${port}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      '--cert-dir=pki',
      '--authorization-mode=RBAC',
      '--service-cluster-ip-range=10.0.0.0/22',
      '--service-account-issuer=https://kubernetes.default.svc',
      '--service-account-key-file=sa.key',
      '--service-account-signing-key-file=sa.key',
      '--token-auth-file=tokens.csv',
    ]);
    while (!(await isReady(port, token))) {
      failIfEnded('kube-apiserver');
      await sleep(50);
    }
  }

  start('etcd', [
    '--data-dir=etcd',
    '--unsafe-no-fsync',
    '--log-level=warn',
    `--listen-client-urls=http://127.0.0.1:${etcdPort}`,
    `--advertise-client-urls=http://127.0.0.1:${etcdPort}`,
    `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peerPort}`,
    `--initial-cluster=default=http://127.0.0.1:${peerPort}`,
  ]);
  await startApiServer();
  const kubeconfig = at('kubeconfig');
  const authority = at('pki/apiserver.crt');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'test', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority': authority } },
      ],
      users: [{ name: 'admin', user: { token } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
      'current-context': 'test',
    }),
    { mode: 0o600 },
  );
  start('kube-controller-manager', [
    `--kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    // There is no node: these would take pods away from it after 40 seconds.
    '--controllers=*,-pod-garbage-collector-controller,-node-lifecycle-controller',
    '--service-account-private-key-file=sa.key',
    `--root-ca-file=${authority}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${managerPort}`,
    '--cert-dir=manager',
    '--concurrent-gc-syncs=5',
  ]);

  const close = async () => {
    process.off('exit', killAll);
    await Promise.all([...children.keys()].map(kill));
    if (existsSync(directory)) rmSync(directory, { recursive: true, force: true });
  };
  return {
    kubeconfig,
    port,
    kubectl: programs['kubectl']!,
    killApiServer: () => kill('kube-apiserver'),
    startApiServer,
    async compact() {
      const call = (path: string, body: object) =>
        fetch(`http://127.0.0.1:${etcdPort}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
      const range = await call('range', { key: Buffer.from('/').toString('base64'), limit: 1 });
      const { header } = (await range.json()) as { readonly header: { readonly revision: string } };
      await call('compaction', { revision: header.revision, physical: true });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function isReady(port: number, token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  // The authority is made by the server itself as it starts.
  const options = { host: '127.0.0.1', port, path: '/readyz', headers, rejectUnauthorized: false, timeout: 2000 };
  return new Promise((resolve) => {
    const request = get(options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('error', () => resolve(false));
    request.on('timeout', () => request.destroy());
  });
}
