import { systemRuntime } from '@isotherm/runtime';
import { createLogger } from '@isotherm/service-kit';
import { beforeAll, expect, test } from 'vitest';
import {
  createApplier,
  createEventRecorder,
  createStatusWriter,
  type KubeObject,
  refOf,
} from '../src/runtime/index.ts';
import { installCrd, kubectl, makeNamespace, sharedClient, smallest } from './harness/kube.ts';

const client = sharedClient();
const namespace = 'apply';
const logger = createLogger({ service: 'test', level: 'silent' });

beforeAll(async () => {
  await installCrd(client);
  await makeNamespace(client, namespace);
});

const deployment = (replicas: number): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'one', namespace },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'one' } },
    template: {
      metadata: { labels: { app: 'one' } },
      // The API server stores this as "1".
      spec: { containers: [{ name: 'c', image: 'x', resources: { requests: { cpu: '1000m' } } }] },
    },
  },
});

test('applies when the wish or an owned field changed, and else sends nothing', async () => {
  const applier = createApplier(client, 'test');
  const live = () => client.get(refOf(deployment(1)));
  expect(await applier.apply(deployment(1), undefined)).toMatchObject({ what: 'created' });
  expect(await applier.apply(deployment(1), await live())).toMatchObject({ what: 'unchanged' });
  expect(await applier.apply(deployment(2), await live())).toMatchObject({ what: 'changed' });
  await client.merge(refOf(deployment(1)), { metadata: { labels: { mine: 'yes' } }, spec: { minReadySeconds: 5 } });
  expect(await applier.apply(deployment(2), await live())).toMatchObject({ what: 'unchanged' });
  await client.merge(refOf(deployment(1)), { spec: { replicas: 9 } });
  expect(await applier.apply(deployment(2), await live())).toMatchObject({ what: 'corrected' });
  expect(((await live())['spec'] as { replicas: number }).replicas).toBe(2);
});

test('the status is written on change; a volatile field alone waits; one that is too large is refused', async () => {
  const object = await client.create(smallest('status', namespace));
  const writer = createStatusWriter({ client, runtime: systemRuntime }, { manager: 'test', volatile: ['lagSeconds'] });
  expect(await writer.write(object, { shards: 1, lagSeconds: 1 })).toBe(true);
  expect(await writer.write(object, { shards: 1, lagSeconds: 2 })).toBe(false);
  expect(await writer.write(object, { shards: 2, lagSeconds: 3 })).toBe(true);
  expect((await client.get(refOf(object)))['status']).toEqual({ shards: 2, lagSeconds: 3 });
  await expect(writer.write(object, { version: 'x'.repeat(9000) })).rejects.toThrow('at most 8192');
});

test('equal Events are counted, long notes cut, and a flood is stopped', async () => {
  const object = await client.create(smallest('events', namespace));
  const recorder = createEventRecorder({ client, runtime: systemRuntime, logger }, { instance: 'test', burst: 6 });
  const wish = { regarding: object, type: 'Normal', action: 'Scale' } as const;
  for (let i = 0; i < 3; i++) recorder.record({ ...wish, reason: 'ScaledUp', note: 'lag 14 s is above 10 s' });
  recorder.record({ ...wish, reason: 'Long', note: 'n'.repeat(2000) });
  for (let i = 0; i < 20; i++) recorder.record({ ...wish, reason: 'Flood', note: `number ${i}` });
  await recorder.flush();
  const { items } = await client.list({ apiVersion: 'events.k8s.io/v1', kind: 'Event' }, { namespace });
  const mine = items.filter(({ regarding }) => (regarding as { name: string }).name === 'events');
  const scaled = mine.filter(({ reason }) => reason === 'ScaledUp');
  expect(scaled).toHaveLength(1);
  expect(scaled[0]!['series']).toMatchObject({ count: 3 });
  expect(mine.filter(({ reason }) => reason === 'Flood')).toHaveLength(2);
  expect(kubectl(['-n', namespace, 'describe', 'fc', 'events']).stdout).toContain('lag 14 s is above 10 s');
});
