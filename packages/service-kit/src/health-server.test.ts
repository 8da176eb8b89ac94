import { once } from 'node:events';
import { createServer } from 'node:net';
import { metrics } from '@opentelemetry/api';
import { expect, it } from 'vitest';
import { mergeExpositions, startHealthServer, startTelemetry } from './index.ts';

it('serves liveness, readiness by part, and the metrics of all threads merged', async () => {
  const telemetry = await startTelemetry({ service: 'test', version: '0' });
  metrics.getMeter('test').createCounter('isotherm.test.events', { description: 'Events' }).add(3, { shard: 'a' });
  const other =
    '# HELP isotherm_test_events_total Events\n# TYPE isotherm_test_events_total counter\nisotherm_test_events_total{shard="b"} 4\n';
  const parts = { ingest: true, compute: false };
  await using server = await startHealthServer(
    {
      live: () => true,
      ready: () => parts,
      metrics: async () => mergeExpositions([await telemetry.exposition(), other]),
    },
    { host: '127.0.0.1', port: 0 },
  );
  const get = (path: string) => fetch(`http://${server.address}${path}`);
  expect((await get('/livez')).status).toBe(200);
  expect((await get('/readyz')).status).toBe(503);
  parts.compute = true;
  expect(await (await get('/readyz')).json()).toEqual({ ready: true, parts });
  const text = await (await get('/metrics')).text();
  expect(text.match(/# TYPE isotherm_test_events_total counter/g)).toHaveLength(1);
  expect(text).toContain('isotherm_test_events_total{shard="a"} 3');
  expect(text).toContain('isotherm_test_events_total{shard="b"} 4');
  expect((await get('/nothing')).status).toBe(404);
  await telemetry.shutdown();
});

it('says in one sentence which port is taken and what to do', async () => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  const { port } = blocker.address() as { port: number };
  const source = { live: () => true, ready: () => ({}), metrics: async () => '' };
  await expect(startHealthServer(source, { host: '127.0.0.1', port })).rejects.toMatchObject({
    id: 'PORT_IN_USE',
    message: `Port 127.0.0.1:${port} for health and metrics is in use by another program.`,
  });
  blocker.close();
});
