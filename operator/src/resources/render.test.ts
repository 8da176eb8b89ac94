import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { render } from './render.ts';
import { renderConfig } from './render-config.ts';
import { SAMPLES, sampleCluster } from './testing/sample-clusters.ts';

const samples = Object.entries(SAMPLES);

describe.each(samples)('%s', (name, cluster) => {
  test('pod templates are byte for byte those of the releases before: a change restarts every pod', () => {
    const file = join(import.meta.dirname, `testdata/${name}.templates.json`);
    const text = `${JSON.stringify(render(cluster).templates, null, 2)}\n`;
    // Written once, by hand: ISOTHERM_WRITE_GOLDEN=1, and the release notes say that pods restart.
    if (process.env['ISOTHERM_WRITE_GOLDEN'] === '1') writeFileSync(file, text);
    expect(existsSync(file)).toBe(true);
    expect(text).toBe(readFileSync(file, 'utf8'));
  });

  test('pods hold to Pod Security “restricted” and mount no token', () => {
    for (const { spec } of Object.values(render(cluster).templates)) {
      expect(spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const container of spec['containers'] as object[]) {
        expect(container).toMatchObject({
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        });
      }
    }
  });

  test('no Secret is in the configuration, only paths', () => {
    expect(JSON.stringify(renderConfig(cluster))).not.toMatch(/password|secretName/i);
  });
});

test('a field that pods do not see changes no template', () => {
  const { metadata, spec } = SAMPLES.smallest;
  const before = render(SAMPLES.smallest).templates;
  const autoscaling = { ...spec.autoscaling, maxShards: 9 };
  const changed = { ...SAMPLES.smallest, metadata: { ...metadata, generation: 7 }, spec: { ...spec, autoscaling } };
  expect(render(changed).templates).toEqual(before);
});

test('another version, and a setting in the configuration, change every template', () => {
  const { spec } = SAMPLES.smallest;
  const before = render(SAMPLES.smallest).templates;
  const version = render(sampleCluster('demo', { ...spec, version: '0.2.0' })).templates;
  const setting = render(
    sampleCluster('demo', { ...spec, checkpoints: { ...spec.checkpoints, intervalSeconds: 11 } }),
  ).templates;
  for (const component of ['ingest', 'compute', 'query'] as const) {
    expect(version[component]).not.toEqual(before[component]);
    expect(setting[component]).not.toEqual(before[component]);
  }
});

test('only the pods that use a Secret mount it', () => {
  const { templates } = render(SAMPLES.production);
  const secretsOf = (component: 'ingest' | 'compute' | 'query') =>
    (templates[component]!.spec['volumes'] as { secret?: { secretName: string } }[])
      .flatMap(({ secret }) => (secret === undefined ? [] : [secret.secretName]))
      .sort();
  expect(secretsOf('ingest')).toEqual(['isotherm-generated-tls', 'kafka-ca', 'kafka-user', 'prod-tenants']);
  expect(secretsOf('compute')).toEqual(['ch', 'ch-ca', 'isotherm-generated-tls', 'kafka-ca', 'kafka-user']);
  expect(secretsOf('query')).toEqual(['ch', 'ch-ca', 'isotherm-generated-tls', 'prod-tenants']);
});

test('policies deny everything, then name callers and ports', () => {
  const policies = render(SAMPLES.production).objects.filter(({ kind }) => kind === 'NetworkPolicy');
  const [denial, ...allowed] = policies.map(({ spec }) => spec as Record<string, unknown>);
  expect(denial).toEqual({
    podSelector: { matchLabels: { 'isotherm.dev/cluster': 'prod' } },
    policyTypes: ['Ingress', 'Egress'],
  });
  expect(allowed).toHaveLength(3);
  expect(JSON.stringify(allowed)).toContain('"kubernetes.io/metadata.name":"producers"');
  expect(JSON.stringify(allowed)).toContain('"port":9093');
});
