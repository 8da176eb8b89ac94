import { beforeAll, expect, test } from 'vitest';
import { componentsOf, render, renderDeployment, renderStatefulSet } from '../src/resources/index.ts';
import { SAMPLES, sampleCluster } from '../src/resources/testing/sample-clusters.ts';
import type { KubeObject } from '../src/runtime/index.ts';
import { project } from '../src/runtime/projection.ts';
import { makeNamespace, sharedClient } from './harness/kube.ts';

const client = sharedClient();
const namespace = 'resources';

beforeAll(() => makeNamespace(client, namespace));

/** Everything that a cluster's operator writes. */
function everything(name: keyof typeof SAMPLES): readonly KubeObject[] {
  const { metadata, spec } = SAMPLES[name];
  const cluster = sampleCluster(metadata.name, spec, namespace);
  const { templates, objects } = render(cluster);
  const workloads = componentsOf(cluster).map((component) =>
    component === 'compute'
      ? renderStatefulSet(cluster, { template: templates.compute, replicas: 3, partition: 0 })
      : renderDeployment(cluster, component, templates[component]!),
  );
  return [...objects, ...workloads];
}

test.each(['smallest', 'production', 'embedded'] as const)(
  'what is stored of %s is what was sent, for every kind',
  async (name) => {
    for (const object of everything(name)) {
      const stored = await client.apply(object, { manager: 'test' });
      const what = `${object.kind} ${object.metadata.name}`;
      const kept = project(object, stored);
      expect.soft({ what, kept }).toEqual({ what, kept: project(object, JSON.parse(JSON.stringify(object))) });
    }
  },
);

test('a pod of every component is accepted where Pod Security is “restricted”', async () => {
  for (const name of ['production', 'embedded'] as const) {
    const { templates } = render(SAMPLES[name]);
    for (const [component, { metadata, spec }] of Object.entries(templates)) {
      const pod = {
        metadata: { ...metadata, name: `pod-${name}-${component}`, namespace },
        spec: { ...spec, serviceAccountName: 'default' },
      };
      await client.create({ apiVersion: 'v1', kind: 'Pod', ...pod } as unknown as KubeObject);
    }
  }
});
