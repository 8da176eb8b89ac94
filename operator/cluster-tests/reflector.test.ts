import { systemRuntime } from '@isotherm/runtime';
import { createLogger } from '@isotherm/service-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKubeClient, createKubeConnection, type KubeClient, startReflector } from '../src/runtime/index.ts';
import { type ControlPlane, startControlPlane } from './harness/control-plane.ts';
import { clientOf, loadKubeconfig } from './harness/kube.ts';
import { startTcpProxy, type TcpProxy } from './harness/tcp-proxy.ts';
import { until } from './harness/until.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const MAPS = { apiVersion: 'v1', kind: 'ConfigMap' };

let plane: ControlPlane;
let admin: KubeClient;
let serial = 0;

beforeAll(async () => {
  plane = await startControlPlane();
  admin = clientOf(plane.kubeconfig);
  await until('the namespace', () => admin.get({ apiVersion: 'v1', kind: 'Namespace', name: 'default' }));
});
afterAll(() => plane.close());

/** A reflector behind a proxy, that noted which keys changed. */
async function reflected(onKey: (key: string) => void = () => {}) {
  const proxy = await startTcpProxy(plane.port);
  const connection = createKubeConnection({ load: () => loadKubeconfig(plane.kubeconfig, proxy.port) });
  const client = createKubeClient(connection);
  const stop = new AbortController();
  const keys = new Set<string>();
  const mirror = startReflector(
    { client, runtime: systemRuntime, logger },
    {
      type: MAPS,
      namespace: 'default',
      signal: stop.signal,
      idleMs: 2_000,
      onChange: (key) => {
        keys.add(key);
        onKey(key);
      },
    },
  );
  await mirror.synced;
  return {
    proxy,
    mirror,
    async sees() {
      const name = `seen-${serial++}`;
      await admin.create({ ...MAPS, metadata: { name, namespace: 'default' } });
      await until(`the mirror has ${name}`, () => mirror.get(`default/${name}`), 15_000);
      await admin.delete({ ...MAPS, namespace: 'default', name });
      await until(`the mirror has lost ${name}`, () => mirror.get(`default/${name}`) === undefined, 15_000);
      expect(keys).toContain(`default/${name}`);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await mirror.ended;
      await connection.close();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

const faults: readonly (readonly [string, (proxy: TcpProxy) => unknown])[] = [
  ['its connections are reset', (proxy) => expect(proxy.reset()).toBeGreaterThan(0)],
  ['its connections end in peace', (proxy) => expect(proxy.finish()).toBeGreaterThan(0)],
  [
    'its connections freeze: nothing passes and nothing closes',
    (proxy) => expect(proxy.freezeOpen()).toBeGreaterThan(0),
  ],
];

test.each(faults)('the mirror goes on after %s', async (_, fault) => {
  await using reflector = await reflected();
  await reflector.sees();
  for (let round = 0; round < 3; round++) {
    fault(reflector.proxy);
    await reflector.sees();
  }
});

test('the mirror goes on after the API server was killed and started', async () => {
  await using reflector = await reflected();
  await plane.killApiServer();
  await plane.startApiServer();
  await reflector.sees();
});

test('the mirror lists again when the version that it would go on from is gone', async () => {
  await using reflector = await reflected();
  reflector.proxy.refuse(true);
  reflector.proxy.reset();
  for (let i = 0; i < 20; i++) {
    const name = `gone-${i}`;
    await admin.create({ ...MAPS, metadata: { name, namespace: 'default' } });
    if (i < 19) await admin.delete({ ...MAPS, namespace: 'default', name });
  }
  await plane.compact();
  await plane.killApiServer();
  await plane.startApiServer();
  reflector.proxy.refuse(false);
  await until('the list', () => reflector.mirror.get('default/gone-19'));
  await reflector.sees();
});

test('a handler that throws ends nothing', async () => {
  await using reflector = await reflected(() => {
    throw new Error('a fault of the handler');
  });
  await reflector.sees();
  await reflector.sees();
});

test('while the API server cannot be reached a reflector keeps what it has, and begins once it can', async () => {
  await using reflector = await reflected();
  const before = reflector.mirror.list().length;
  reflector.proxy.refuse(true);
  reflector.proxy.reset();
  await systemRuntime.sleep(500);
  expect(reflector.mirror.list()).toHaveLength(before);
  reflector.proxy.refuse(false);
  await reflector.sees();
});
