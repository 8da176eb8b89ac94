import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** File and what it imports. */
const FORBIDDEN = [
  ['apps/ingest/src/a.ts', '@isotherm/compute'],
  ['apps/ingest/src/a.ts', '@isotherm/query'],
  ['apps/compute/src/a.ts', '@isotherm/ingest'],
  ['apps/query/src/a.ts', '@isotherm/ingest'],
  ['apps/query/src/a.ts', '@isotherm/compute'],
  ['apps/dashboard/src/a.ts', '@isotherm/query'],
  ['operator/src/a.ts', '@isotherm/compute'],
  ['packages/records/src/a.ts', '@isotherm/domain'],
  ['packages/domain/src/a.ts', '@isotherm/log/internals'],
  ['packages/domain/src/a.ts', '@isotherm/forecast'],
  ['packages/domain/src/a.ts', 'node:http'],
  ['packages/forecast/src/a.ts', '@isotherm/service-kit'],
  ['packages/placement/src/a.ts', '@isotherm/log'],
  ['packages/log/src/a.ts', '@isotherm/domain'],
  ['packages/log/src/a.ts', '@isotherm/compute'],
  ['packages/checkpoint/src/a.ts', '@isotherm/log'],
  ['packages/analytics/src/a.ts', '@isotherm/compute'],
  ['packages/client/src/a.ts', '@isotherm/service-kit'],
  ['packages/service-kit/src/a.ts', '@isotherm/log'],
  ['packages/coordination/src/a.ts', '@isotherm/compute'],
  ['apps/compute/src/a.ts', '@isotherm/domain/internals'],
  ['apps/compute/src/a.ts', '../../../packages/domain/src/index.ts'],
  ['apps/compute/src/a.test.ts', '@isotherm/domain/src/index.ts'],
] as const;

const ALLOWED = [
  ['apps/ingest/src/a.ts', '@isotherm/log'],
  ['apps/compute/src/a.ts', '@isotherm/contracts/compute/v1/compute_service'],
  ['packages/domain/src/a.ts', '@isotherm/records'],
  ['packages/domain/src/a.test.ts', '@isotherm/testkit'],
] as const;

let tree: string;
/** Paths that lint complains about. */
const refused = new Set<string>();

function pathOf(index: number, [path, specifier]: readonly [string, string]): string {
  return path.replace(/\ba\./, `import-${index}-${specifier.replaceAll(/\W+/g, '-')}.`);
}

/** Lints one file per import, in a tree that has the project's lint rules and nothing else. */
beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'isotherm-boundaries-'));
  const config = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'));
  writeFileSync(join(tree, 'biome.json'), JSON.stringify({ ...config, vcs: { enabled: false } }));
  cpSync(join(root, 'tools/lint'), join(tree, 'tools/lint'), { recursive: true });
  for (const [index, pair] of [...FORBIDDEN, ...ALLOWED].entries()) {
    const path = join(tree, pathOf(index, pair));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `import { anything } from '${pair[1]}';\nexport const used = anything;\n`);
  }
  const { stdout, stderr } = spawnSync(
    'biome',
    ['lint', '--only=style/noRestrictedImports', '--max-diagnostics=1000', '--reporter=json', '.'],
    {
      cwd: tree,
      encoding: 'utf8',
    },
  );
  const { diagnostics } = JSON.parse(stdout) as {
    readonly diagnostics: readonly { readonly location: { readonly path: string | { readonly file: string } } }[];
  };
  if (diagnostics === undefined) throw new Error(stderr);
  for (const { location } of diagnostics)
    refused.add(typeof location.path === 'string' ? location.path : location.path.file);
});

afterAll(() => rmSync(tree, { recursive: true }));

test.each(FORBIDDEN.map((pair, index) => [...pair, pathOf(index, pair)] as const))(
  '%s must not import %s',
  (_, __, path) => {
    expect([...refused].some((file) => file.endsWith(path))).toBe(true);
  },
);

test.each(ALLOWED.map((pair, index) => [...pair, pathOf(FORBIDDEN.length + index, pair)] as const))(
  '%s may import %s',
  (_, __, path) => {
    expect([...refused].some((file) => file.endsWith(path))).toBe(false);
  },
);
