import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { metrics } from '@opentelemetry/api';
import { expect, it } from 'vitest';
import { mergeExpositions, startHealth, startTelemetry } from '../index.ts';

const AT = { host: '127.0.0.1', port: 0 };

it('serves liveness, readiness with the reason of every part, and the metrics of all threads merged', async () => {
  const telemetry = await startTelemetry({ service: 'test', version: '0' });
  metrics.getMeter('test').createCounter('isotherm.test.events', { description: 'Events' }).add(3, { shard: 'a' });
  const other =
    '# HELP isotherm_test_events_total Events\n# TYPE isotherm_test_events_total counter\nisotherm_test_events_total{shard="b"} 4\n';
  const health = await startHealth(async () => mergeExpositions([await telemetry.exposition(), other]), AT);
  const get = (path: string) => fetch(`http://${health.address}${path}`);
  const readiness = async () => {
    const response = await get('/readyz');
    return { status: response.status, ...((await response.json()) as object) };
  };
  expect(await readiness()).toEqual({
    status: 503,
    ready: false,
    parts: { process: 'It is starting.', loop: 'ready' },
  });
  health.set('ingest');
  health.set('compute', 'It restores its state: 12 of 64 partitions.');
  await expect.poll(readiness).toEqual({
    status: 503,
    ready: false,
    parts: { ingest: 'ready', compute: 'It restores its state: 12 of 64 partitions.', loop: 'ready' },
  });
  expect((await get('/livez')).status).toBe(200);
  health.set('compute');
  await expect
    .poll(readiness)
    .toEqual({ status: 200, ready: true, parts: { ingest: 'ready', compute: 'ready', loop: 'ready' } });
  const text = await (await get('/metrics')).text();
  expect(text.match(/# TYPE isotherm_test_events_total counter/g)).toHaveLength(1);
  expect(text).toContain('isotherm_test_events_total{shard="a"} 3');
  expect(text).toContain('isotherm_test_events_total{shard="b"} 4');
  expect((await get('/nothing')).status).toBe(404);
  health.fail('The log is fenced.');
  await expect
    .poll(async () => ({ status: (await get('/livez')).status, body: await (await get('/livez')).json() }))
    .toEqual({ status: 503, body: { live: false, reason: 'The log is fenced.' } });
  await health.close();
  await telemetry.shutdown();
});

it('answers probes while the loop is busy, and says for how long it has had no turn', async () => {
  const health = await startHealth(() => Promise.reject(new Error('not now')), { ...AT, maxSilenceMs: 300 });
  health.set('compute');
  const program = `
    const until = Date.now() + 30_000;
    for (;;) {
      const live = await fetch('http://${health.address}/livez');
      const ready = await fetch('http://${health.address}/readyz');
      if (live.status === 503 || Date.now() > until) {
        console.log(JSON.stringify({ live: [live.status, await live.json()], ready: [ready.status, await ready.json()] }));
        break;
      }
    }`;
  const memory = new Int32Array(new SharedArrayBuffer(4));
  const asked = new Promise<string>((resolve, reject) =>
    execFile(process.execPath, ['--input-type=module', '-e', program], (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    ),
  );
  // This thread does nothing at all meanwhile.
  Atomics.wait(memory, 0, 0, 3000);
  const { live, ready } = JSON.parse(await asked) as Record<'live' | 'ready', [number, { reason?: string }]>;
  expect(live).toEqual([503, { live: false, reason: expect.stringMatching(/^Its event loop has had no turn for \d/) }]);
  expect(ready[0]).toBe(503);
  expect((await fetch(`http://${health.address}/metrics`)).status).toBe(503);
  await health.close();
});

it('says in one sentence which port is taken and what to do', async () => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  const { port } = blocker.address() as { port: number };
  await expect(startHealth(async () => '', { host: '127.0.0.1', port })).rejects.toMatchObject({
    id: 'PORT_IN_USE',
    message: `Port 127.0.0.1:${port} for health and metrics is in use by another program.`,
  });
  blocker.close();
});
