import { beforeAll, expect, test } from 'vitest';
import { forecastClusterCrd } from '../src/api/index.ts';
import type { KubeObject } from '../src/runtime/index.ts';
import { installCrd, kubectl, makeNamespace, sharedClient, smallest } from './harness/kube.ts';
import { BROKEN_BOUNDS, BROKEN_RULES, BROKEN_TRANSITIONS, type Edit } from './wrong-specs.ts';

const client = sharedClient();
const namespace = 'api';

beforeAll(async () => {
  await installCrd(client);
  await makeNamespace(client, namespace);
});

function edited(object: KubeObject, edit: Edit): KubeObject {
  const copy = structuredClone(object) as unknown as Record<string, unknown>;
  for (const [path, value] of Object.entries(edit)) {
    const steps = path.split('.');
    const last = steps.pop()!;
    let node = copy;
    for (const step of steps) {
      node[step] ??= {};
      node = node[step] as Record<string, unknown>;
    }
    if (value === undefined) delete node[last];
    else node[last] = value;
  }
  return copy as unknown as KubeObject;
}

const refusal = (object: KubeObject) =>
  client.create(object).then(
    () => 'ACCEPTED',
    (error: Error) => error.message,
  );

test.each(BROKEN_RULES)('$what is refused with a sentence', async ({ edit, says }) => {
  expect(await refusal(edited(smallest('wrong', namespace), edit))).toContain(says);
});

test.each(BROKEN_BOUNDS)('$what is refused by field and value', async ({ edit, says }) => {
  expect(await refusal(edited(smallest('wrong', namespace), edit))).toContain(says);
});

test.each(BROKEN_TRANSITIONS)('changing $what is refused with a sentence', async ({ what, from, edit, says }) => {
  const name = `from-${BROKEN_TRANSITIONS.findIndex((one) => one.what === what)}`;
  const good = edited(smallest(name, namespace), from ?? {});
  const { metadata } = await client.create(good);
  const changed = edited({ ...good, metadata: { ...good.metadata, resourceVersion: metadata.resourceVersion! } }, edit);
  const answer = await client.replace(changed).then(
    () => 'ACCEPTED',
    (error: Error) => error.message,
  );
  expect(answer).toContain(says);
});

test('there are 40 wrong specs over 15 rules, five of them across fields, and five transitions', () => {
  expect(BROKEN_RULES.length + BROKEN_BOUNDS.length).toBeGreaterThanOrEqual(40);
  expect(BROKEN_TRANSITIONS.length).toBeGreaterThanOrEqual(5);
  const fields = new Set(BROKEN_RULES.map(({ says }) => says.split(' ')[0]));
  expect(fields.size).toBeGreaterThanOrEqual(15);
});

test('what was stored of the CRD is what was sent', async () => {
  const sent = forecastClusterCrd();
  const stored = await client.get({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    name: sent.metadata.name,
  });
  const { versions } = stored['spec'] as { versions: { schema: unknown }[] };
  expect(versions[0]!.schema).toEqual(JSON.parse(JSON.stringify(sent.spec.versions[0].schema)));
});

test('the API server fills in every default', async () => {
  const created = await client.create(smallest('defaults', namespace));
  expect(created['spec']).toMatchObject({
    partitions: 64,
    deletionPolicy: 'Retain',
    windows: { outOfOrdernessSeconds: 5, allowedLatenessSeconds: 3600, rollingMinutes: [5, 60, 1440] },
    log: { kafka: { topic: { create: true, replicationFactor: 3, minInSyncReplicas: 2 } } },
    checkpoints: { intervalSeconds: 10, s3: { region: 'us-east-1' } },
    analytics: { clickHouse: { database: 'isotherm' }, rawRetentionDays: 90 },
    ingest: { scaling: 'Fixed', replicas: 2 },
    compute: { shards: 3, standbys: 0, failoverAfterSeconds: 15, handOffTimeoutSeconds: 60 },
    autoscaling: {
      mode: 'DryRun',
      minShards: 1,
      maxShards: 16,
      lagTargetSeconds: 10,
      scaleDownStabilizationSeconds: 1800,
    },
    update: { canarySeconds: 120, progressDeadlineSeconds: 600 },
  });
});

test('everything that the smallest example asks for fits on two processors', async () => {
  const { spec } = (await client.create(smallest('fits', namespace))) as unknown as {
    spec: Record<
      'ingest' | 'query' | 'compute',
      { replicas?: number; shards?: number; resources: { requests: { cpu: string } } }
    >;
  };
  const milli = [spec.ingest, spec.query, spec.compute].map(
    ({ replicas, shards, resources }) => (replicas ?? shards ?? 0) * Number.parseInt(resources.requests.cpu, 10),
  );
  expect(milli.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(1200);
});

test('kubectl explains every field down to the leaves', () => {
  const { stdout } = kubectl(['explain', 'fc.spec', '--recursive']);
  expect(stdout).toContain('minInSyncReplicas');
  const leaf = kubectl(['explain', 'fc.spec.log.kafka.topic.minInSyncReplicas']).stdout;
  expect(leaf).toContain('Copies that an acknowledged record has at least.');
  expect(kubectl(['explain', 'fc.status.autoscaling.wouldChangeIf']).stdout).toContain('another decision');
});

test('kubectl scales through the scale subresource, and get shows the columns', async () => {
  await client.create(smallest('scaled', namespace));
  expect(kubectl(['-n', namespace, 'scale', 'fc/scaled', '--replicas=4']).stdout).toContain('scaled');
  const { spec } = (await client.get({ ...smallest('scaled', namespace), namespace, name: 'scaled' })) as unknown as {
    spec: { compute: { shards: number } };
  };
  expect(spec.compute.shards).toBe(4);
  const [header] = kubectl(['-n', namespace, 'get', 'fc']).stdout.split('\n');
  expect(header?.split(/\s+/)).toEqual(['NAME', 'READY', 'VERSION', 'SHARDS', 'DESIRED', 'LAG', 'MODE', 'AGE']);
});
