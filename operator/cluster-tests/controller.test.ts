import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import type { ForecastClusterStatus } from '../src/api/index.ts';
import type { KubeObject } from '../src/runtime/index.ts';
import { CRASHING_VERSION, doublyOwned, type FakeKubelet, startFakeKubelet } from './harness/fake-kubelet.ts';
import { installCrd, kubectl, makeNamespace, sharedClient, smallest } from './harness/kube.ts';
import { type RunningOperator, startOperator } from './harness/operator-process.ts';
import { until } from './harness/until.ts';

const client = sharedClient();
const { kubeconfig } = inject('plane');
let serial = 0;
let namespace = '';
let kubelet: FakeKubelet;
let operator: RunningOperator;

beforeAll(() => installCrd(client));
beforeEach(async () => {
  namespace = `controller-${serial++}`;
  await makeNamespace(client, namespace);
  kubelet = await startFakeKubelet(client, namespace);
  operator = startOperator(kubeconfig, namespace);
});
afterEach(async () => {
  await operator.stop();
  await kubelet[Symbol.asyncDispose]();
});

const FAST = {
  partitions: 12,
  autoscaling: { mode: 'Off' },
  compute: { shards: 3, failoverAfterSeconds: 5 },
  update: { canarySeconds: 1, progressDeadlineSeconds: 120 },
};
const ref = () => ({ apiVersion: 'isotherm.dev/v1alpha1', kind: 'ForecastCluster', namespace, name: 'demo' });
const object = (kind: string, name: string, apiVersion = 'apps/v1') =>
  client.get({ apiVersion, kind, namespace, name });
const statusOf = async () => ((await client.get(ref()))['status'] ?? {}) as ForecastClusterStatus;
const conditionOf = (status: ForecastClusterStatus, type: string) =>
  status.conditions?.find((one) => one.type === type);

async function create(spec: object = {}): Promise<KubeObject> {
  return client.create(smallest('demo', namespace, { ...FAST, ...spec }));
}

async function edit(spec: object): Promise<void> {
  await client.merge(ref(), { spec });
}

async function untilReady(what = 'ready'): Promise<ForecastClusterStatus> {
  return until(what, async () => {
    const { metadata } = await client.get(ref());
    const status = await statusOf();
    const good = ['Ready', 'PlacementConverged'].every((type) => conditionOf(status, type)?.status === 'True');
    const current = status.observedGeneration === metadata.generation && status.update === undefined;
    if (!good || !current) throw new Error(JSON.stringify({ generation: metadata.generation, status }));
    return status;
  });
}

/** Who owns each partition, by what shards told last. */
function owners(): Map<number, string> {
  const result = new Map<number, string>();
  for (const { shard, event, partition } of kubelet.events) {
    if (event === 'owned') result.set(partition!, shard);
    if (event === 'released' && result.get(partition!) === shard) result.delete(partition!);
  }
  return result;
}

test('one object brings up every workload, and each partition has one owner', async () => {
  await create();
  const status = await untilReady();
  expect(status).toMatchObject({
    version: '0.1.0',
    shards: 3,
    desiredShards: 3,
    placement: { movingPartitions: 0, unreachable: [] },
  });
  expect(owners().size).toBe(12);
  expect(new Set(owners().values()).size).toBe(3);
  expect(doublyOwned(kubelet.events)).toEqual([]);
  for (const name of ['demo-ingest', 'demo-query']) {
    expect(await object('Deployment', name)).toMatchObject({ spec: { replicas: 2 } });
    expect(await object('Service', name, 'v1')).toBeDefined();
    expect(await object('PodDisruptionBudget', name, 'policy/v1')).toMatchObject({ spec: { maxUnavailable: 1 } });
  }
  expect(Buffer.byteLength(JSON.stringify(status))).toBeLessThan(8192);
  const text = kubectl(['-n', namespace, 'describe', 'fc', 'demo']).stdout;
  for (const sentence of ['Lag And Load:', 'Capacity Needed:', 'Options Rejected:', 'Would Change If:'])
    expect(text).toContain(sentence);
});

test('drift is corrected and told, and what others own is left alone', async () => {
  await create();
  await untilReady();
  await client.merge(
    { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'demo-ingest' },
    { metadata: { labels: { mine: 'yes' } }, spec: { replicas: 7 } },
  );
  await client.delete({ apiVersion: 'v1', kind: 'Service', namespace, name: 'demo-query' });
  await client.merge(
    { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace, name: 'demo-compute' },
    { spec: { template: { spec: { terminationGracePeriodSeconds: 1 } } } },
  );
  await until('the number of pods is set back', async () => {
    const { spec, metadata } = (await object('Deployment', 'demo-ingest')) as unknown as {
      spec: { replicas: number };
      metadata: { labels: object };
    };
    return spec.replicas === 2 && 'mine' in metadata.labels;
  });
  await until('the Service is back', () => object('Service', 'demo-query', 'v1'));
  await until('the template is set back', async () => {
    const { spec } = (await object('StatefulSet', 'demo-compute')) as unknown as {
      spec: { template: { spec: { terminationGracePeriodSeconds: number } } };
    };
    return spec.template.spec.terminationGracePeriodSeconds === 60;
  });
  await until('it was told', () =>
    kubectl(['-n', namespace, 'events', '--for', 'forecastcluster/demo']).stdout.includes('DriftCorrected'),
  );
});

test('shards are added, and removed only after they have handed over: no partition ever has two owners', async () => {
  await create();
  await untilReady();
  await edit({ compute: { shards: 4 } });
  const grown = await until('four shards', async () => {
    const status = await untilReady();
    return status.shards === 4 && status;
  });
  expect(grown.desiredShards).toBe(4);
  expect([...owners().values()].filter((shard) => shard === 'demo-compute-3')).toHaveLength(3);
  await edit({ compute: { shards: 2 } });
  await until(
    'two shards',
    async () => (await statusOf()).shards === 2 && kubelet.process('demo-compute-2') === undefined,
  );
  await untilReady('two shards ready');
  for (const shard of ['demo-compute-2', 'demo-compute-3']) {
    const told = kubelet.events.filter((event) => event.shard === shard);
    const lastRelease = told.findLastIndex(({ event }) => event === 'released');
    expect(told.findIndex(({ event }) => event === 'ended')).toBeGreaterThan(lastRelease);
    expect(told.filter(({ event }) => event === 'owned')).toHaveLength(
      told.filter(({ event }) => event === 'released').length,
    );
  }
  expect(doublyOwned(kubelet.events)).toEqual([]);
});

test('an update replaces one drained shard after the other, the highest first', async () => {
  await create();
  await untilReady();
  const from = kubelet.events.length;
  await edit({ version: '0.2.0' });
  await until('the new version', async () => (await statusOf()).version === '0.2.0');
  const ended = kubelet.events
    .slice(from)
    .filter(({ event }) => event === 'ended')
    .map(({ shard }) => shard);
  expect(ended).toEqual(['demo-compute-2', 'demo-compute-1', 'demo-compute-0']);
  await untilReady('updated');
  expect(doublyOwned(kubelet.events)).toEqual([]);
  // Every shard had let go of everything when it ended.
  for (const shard of ended) {
    const told = kubelet.events.filter((event) => event.shard === shard);
    const before = told.slice(
      0,
      told.findIndex(({ event }) => event === 'ended'),
    );
    expect(before.filter(({ event }) => event === 'owned')).toHaveLength(
      before.filter(({ event }) => event === 'released').length,
    );
  }
  const pods = (await client.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace })).items;
  const images = new Set(
    pods
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ spec }) => (spec as { containers: { image: string }[] }).containers[0]!.image),
  );
  expect([...images]).toEqual(['isotherm:0.2.0']);
});

test('a version that crashes stops at the first shard, is rolled back, and the status says why', async () => {
  await create();
  await untilReady();
  await edit({ version: CRASHING_VERSION });
  const status = await until('rolled back', async () => {
    const now = await statusOf();
    return now.update?.phase === 'RolledBack' && conditionOf(now, 'Ready')?.status === 'True' && now;
  });
  expect(status.version).toBe('0.1.0');
  expect(status.update?.message).toMatch(
    /Shard 2 crashes with 9\.9\.9: CrashLoopBackOff.*Rolled back; change the spec to try again\./,
  );
  const ended = kubelet.events.filter(({ event }) => event === 'ended').map(({ shard }) => shard);
  expect(ended).toEqual(['demo-compute-2']);
  expect(await object('Deployment', 'demo-ingest')).toMatchObject({
    spec: { template: { spec: { containers: [{ image: 'isotherm:0.1.0' }] } } },
  });
  await edit({ version: '0.3.0' });
  await until('the mended version', async () => (await statusOf()).version === '0.3.0');
});

test('a shard that is gone is replaced by the others, and gets its share again when it is back', async () => {
  await create();
  await untilReady();
  kubelet.process('demo-compute-1')!.kill('SIGKILL');
  await until(
    'the others own everything',
    () => [...owners().values()].every((shard) => shard !== 'demo-compute-1') && owners().size === 12,
  );
  await until('it is told', async () => (await statusOf()).placement?.unreachable?.join() === 'demo-compute-1');
  await client.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name: 'demo-compute-1' });
  await until(
    'it owns its share again',
    async () => [...owners().values()].filter((shard) => shard === 'demo-compute-1').length === 4,
  );
  expect(doublyOwned(kubelet.events)).toEqual([]);
});

test('more than a third silent at once moves nothing, and the condition says so', async () => {
  await create();
  await untilReady();
  const before = owners();
  for (const shard of ['demo-compute-0', 'demo-compute-1']) kubelet.process(shard)!.kill('SIGSTOP');
  const status = await until('the condition', async () => {
    const now = await statusOf();
    return conditionOf(now, 'PlacementConverged')?.reason === 'TooManyUnreachable' && now;
  });
  expect(conditionOf(status, 'ScaleAllowed')).toMatchObject({ status: 'False', reason: 'TooManyUnreachable' });
  await new Promise((resolve) => setTimeout(resolve, 6_000));
  expect(owners()).toEqual(before);
  for (const shard of ['demo-compute-0', 'demo-compute-1']) kubelet.process(shard)!.kill('SIGCONT');
  await untilReady('they answer again');
});

test('while paused workloads and updates wait; after it they are carried out', async () => {
  await create();
  await untilReady();
  await edit({ paused: true, version: '0.2.0' });
  await until('the condition', async () => conditionOf(await statusOf(), 'ReconciliationPaused')?.status === 'True');
  await client.merge(
    { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'demo-query' },
    { spec: { replicas: 3 } },
  );
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(await object('Deployment', 'demo-query')).toMatchObject({
    spec: { replicas: 3, template: { spec: { containers: [{ image: 'isotherm:0.1.0' }] } } },
  });
  await edit({ paused: false });
  await until('the new version', async () => (await statusOf()).version === '0.2.0');
});

test('a wrong Kafka address becomes a condition that names field and host', async () => {
  // A port that nobody listens on.
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  await create({
    version: CRASHING_VERSION,
    log: { kafka: { bootstrapServers: [`127.0.0.1:${port}`], allowUnsafeTopic: true } },
  });
  const ready = await until('the condition', async () => {
    const condition = conditionOf(await statusOf(), 'Ready');
    return condition?.reason === 'KafkaUnreachable' && condition;
  });
  expect(ready.message).toContain(
    `spec.log.kafka.bootstrapServers: no connection from the operator to 127.0.0.1:${port} (ECONNREFUSED)`,
  );
});

test('a second cluster in the same store is refused until it has its own', async () => {
  await create();
  await untilReady();
  const second = smallest('other', namespace, {
    ...FAST,
    checkpoints: { s3: { bucket: 'isotherm', prefix: 'demo', endpoint: 'http://s3:7070' } },
  });
  await client.create(second);
  const condition = await until('the condition', async () => {
    const { status } = (await client.get({ ...ref(), name: 'other' })) as { status?: ForecastClusterStatus };
    return conditionOf(status ?? {}, 'SpecValid');
  });
  expect(condition).toMatchObject({ status: 'False', reason: 'StoreOwnedByOther' });
  expect(condition.message).toContain(
    `ForecastCluster ${namespace}/demo uses spec.checkpoints.s3 http://s3:7070/isotherm/demo already`,
  );
  await expect(object('StatefulSet', 'other-compute')).rejects.toThrow('not found');
});

test('an operator that is stopped in the middle of a hand-over is followed by one that ends it', async () => {
  await create();
  await untilReady();
  await edit({ compute: { shards: 4 } });
  await until('the hand-over has begun', () =>
    kubelet.events.some(({ event, shard }) => event === 'owned' && shard === 'demo-compute-3'),
  );
  await operator.stop();
  operator = startOperator(kubeconfig, namespace);
  await untilReady('four shards');
  expect(owners().size).toBe(12);
  expect(doublyOwned(kubelet.events)).toEqual([]);
});

test('after deletion and re-creation the epoch goes on rising', async () => {
  await create();
  const { placement } = await untilReady();
  await edit({ compute: { shards: 2 } });
  const before = await until(
    'epoch rises',
    async () => ((await statusOf()).placement?.epoch ?? 0) > placement!.epoch && (await statusOf()).placement!.epoch,
  );
  await client.delete(ref());
  await until(
    'its workloads are gone',
    async () => (await client.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace })).items.length === 0,
  );
  await create();
  const status = await untilReady('again');
  expect(status.placement!.epoch).toBeGreaterThan(before);
});

test('with deletion policy Delete the record goes too, and the namespace is not held back', async () => {
  await create({ deletionPolicy: 'Delete' });
  await untilReady();
  await client.delete(ref());
  await until('the object is gone', () =>
    client.get(ref()).then(
      () => false,
      () => true,
    ),
  );
  await expect(object('ConfigMap', 'demo-placement', 'v1')).rejects.toThrow('not found');
});
