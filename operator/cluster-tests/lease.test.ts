import { systemRuntime } from '@isotherm/runtime';
import { createLogger } from '@isotherm/service-kit';
import { expect, inject, test } from 'vitest';
import { createKubeClient, createKubeConnection, holdLease } from '../src/runtime/index.ts';
import { loadKubeconfig, makeNamespace, sharedClient } from './harness/kube.ts';
import { startTcpProxy } from './harness/tcp-proxy.ts';
import { until } from './harness/until.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const namespace = 'lease';
const TIMES = { leaseMs: 3_000, renewMs: 2_000, retryMs: 300 };

/** Candidates for one lease, and who leads now. */
async function candidates(lease: string) {
  await makeNamespace(sharedClient(), namespace);
  const leading = new Set<string>();
  let most = 0;
  return {
    leading,
    most: () => most,
    async join(identity: string) {
      const proxy = await startTcpProxy(inject('plane').port);
      const load = () => loadKubeconfig(inject('plane').kubeconfig, proxy.port);
      const connection = createKubeConnection({ load });
      const stop = new AbortController();
      const ended = holdLease(
        { client: createKubeClient(connection), runtime: systemRuntime, logger },
        {
          namespace,
          name: lease,
          identity,
          signal: stop.signal,
          ...TIMES,
          lead: async (signal) => {
            leading.add(identity);
            most = Math.max(most, leading.size);
            if (!signal.aborted)
              await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
            leading.delete(identity);
          },
        },
      );
      return {
        proxy,
        async leave() {
          stop.abort();
          await ended;
          await connection.close();
          await proxy[Symbol.asyncDispose]();
        },
      };
    },
  };
}

test('one leads; when it goes it gives the lease up, and another leads at once', async () => {
  const { join, leading, most } = await candidates('handed');
  const [a, b] = [await join('a'), await join('b')];
  const first = await until('a leader', () => [...leading][0]);
  await (first === 'a' ? a : b).leave();
  await until('the other leads', () => leading.has(first === 'a' ? 'b' : 'a'), TIMES.leaseMs);
  await (first === 'a' ? b : a).leave();
  expect(most()).toBe(1);
});

test('who cannot reach the API server stops leading before another begins', async () => {
  const { join, leading, most } = await candidates('cut');
  const a = await join('a');
  await until('a leads', () => leading.has('a'));
  const b = await join('b');
  a.proxy.freezeOpen();
  a.proxy.refuse(true);
  await until('a stopped leading', () => !leading.has('a'));
  await until('b leads', () => leading.has('b'));
  a.proxy.refuse(false);
  await systemRuntime.sleep(1_000);
  expect([...leading]).toEqual(['b']);
  expect(most()).toBe(1);
  await Promise.all([a.leave(), b.leave()]);
});
