import { expect, test } from 'vitest';
import { forecastClusterCrd, forecastClusterSpec, parseForecastCluster } from './index.ts';

type Node = { readonly [key: string]: unknown };

const crd = forecastClusterCrd();
const root = crd.spec.versions[0].schema.openAPIV3Schema as unknown as Node;

function walk(node: Node, path: string, visit: (node: Node, path: string) => void): void {
  visit(node, path);
  const properties = (node['properties'] ?? {}) as Record<string, Node>;
  for (const [name, child] of Object.entries(properties)) walk(child, `${path}.${name}`, visit);
  for (const key of ['items', 'additionalProperties']) {
    if (typeof node[key] === 'object') walk(node[key] as Node, `${path}[]`, visit);
  }
}

function findings(check: (node: Node, path: string) => boolean): string[] {
  const found: string[] = [];
  walk(root, '', (node, path) => {
    if (check(node, path)) found.push(path);
  });
  return found;
}

test('every field is described', () => {
  expect(findings((node, path) => path !== '' && !path.endsWith('[]') && !node['description'])).toEqual([]);
});

test('every list, map and string is bounded', () => {
  const unbounded = findings((node) => {
    if (node['type'] === 'array') return node['maxItems'] === undefined;
    if (node['type'] === 'string') return node['maxLength'] === undefined && node['enum'] === undefined;
    return node['additionalProperties'] !== undefined && node['maxProperties'] === undefined;
  });
  expect(unbounded).toEqual([]);
});

test('every number is bounded from both sides, but for counters of the status', () => {
  const unbounded = findings(
    (node, path) =>
      path.startsWith('.spec') &&
      (node['type'] === 'integer' || node['type'] === 'number') &&
      (node['minimum'] === undefined || node['maximum'] === undefined),
  );
  expect(unbounded).toEqual([]);
});

test('an optional field of the spec has a default, but for those whose absence means something', () => {
  const withoutDefault: string[] = [];
  walk(root, '', (node, path) => {
    const required = (node['required'] ?? []) as string[];
    for (const [name, child] of Object.entries((node['properties'] ?? {}) as Record<string, Node>)) {
      const here = `${path}.${name}`;
      if (here.startsWith('.spec.') && !required.includes(name) && child['default'] === undefined)
        withoutDefault.push(here);
    }
  });
  expect(withoutDefault).toEqual([
    '.spec.analytics.clickHouse',
    '.spec.analytics.embedded',
    '.spec.ingest.resources.limits.cpu',
    '.spec.query.resources.limits.cpu',
    '.spec.compute.resources.limits.cpu',
    '.spec.podTemplate.tolerations[].key',
    '.spec.podTemplate.tolerations[].value',
    '.spec.podTemplate.tolerations[].effect',
    '.spec.podTemplate.tolerations[].tolerationSeconds',
  ]);
});

test('every rule has a sentence that names the field', () => {
  const silent = findings((node) =>
    ((node['x-kubernetes-validations'] ?? []) as { messageExpression?: string }[]).some(
      ({ messageExpression }) => !/(spec|metadata)\.[a-z]/.test(messageExpression ?? ''),
    ),
  );
  expect(silent).toEqual([]);
});

test('the defaults of the CRD are those of the types', () => {
  const fromTypes = forecastClusterSpec.parse({
    version: '0.1.0',
    log: { kafka: { bootstrapServers: ['kafka:9092'] } },
    checkpoints: { s3: { bucket: 'isotherm' } },
    analytics: { clickHouse: { url: 'http://clickhouse:8123' } },
  }) as unknown as Node;
  const spec = (root['properties'] as Record<string, Node>)['spec'] as Node;
  for (const [name, field] of Object.entries(spec['properties'] as Record<string, Node>)) {
    if (field['default'] !== undefined) expect({ [name]: field['default'] }).toEqual({ [name]: fromTypes[name] });
  }
});

test('a spec that a CRD of another release let through is refused in sentences', () => {
  const parsed = parseForecastCluster({ metadata: {}, spec: { version: 'latest' } });
  expect(parsed).toMatchObject({ ok: false });
  expect(parsed.ok ? [] : parsed.problems.join('\n')).toContain('spec.version');
});
