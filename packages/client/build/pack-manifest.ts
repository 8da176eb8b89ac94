/**
 * Around `npm pack`: the workspace's package.json points at src/, the published one at dist/. npm has no field for that,
 * so `prepack` builds and writes the published one, `postpack` puts the workspace's back.
 *
 *     node build/pack-manifest.ts publish | restore
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const MANIFEST = join(dirname(import.meta.dirname), 'package.json');
const KEPT = `${MANIFEST}.workspace`;

// A pack that was cut short left the workspace's manifest beside the published one.
if (existsSync(KEPT)) renameSync(KEPT, MANIFEST);
if (process.argv[2] === 'publish') publish();

function publish(): void {
  const text = readFileSync(MANIFEST, 'utf8');
  const { scripts: _, dependencies, ...manifest } = JSON.parse(text);
  const outside = Object.entries(dependencies).filter(([name]) => !name.startsWith('@isotherm/'));
  const published = {
    ...manifest,
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    dependencies: Object.fromEntries(outside),
  };
  writeFileSync(KEPT, text);
  writeFileSync(MANIFEST, `${JSON.stringify(published, null, 2)}\n`);
}
