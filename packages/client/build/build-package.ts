/**
 * Builds what is published: JavaScript and declarations in dist/, with the internal packages it is made of beside them.
 *
 *     node build/build-package.ts
 *
 * Inside the workspace nothing of this is needed: there everything runs from src/.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';

const PACKAGE = dirname(import.meta.dirname);
const PACKAGES = dirname(PACKAGE);
const DIST = join(PACKAGE, 'dist');
const CONTRACTS = join(DIST, 'contracts');

rmSync(DIST, { recursive: true, force: true });
compile('client', DIST);
compile('observation-wire', join(DIST, 'observation-wire'));
compile('enum-words', join(DIST, 'enum-words'));
cpSync(join(PACKAGES, 'contracts', 'src', 'gen'), CONTRACTS, {
  recursive: true,
  filter: (path) => !path.endsWith('.binpb'),
});
for (const file of filesUnder(DIST)) rewriteImports(file);

/** Compiles a package's sources, tests and their helpers left out. */
function compile(name: string, outDir: string): void {
  const folder = join(PACKAGES, name);
  const config = join(DIST, `tsconfig.${name}.json`);
  mkdirSync(DIST, { recursive: true });
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(folder, 'tsconfig.json'),
      compilerOptions: {
        noEmit: false,
        declaration: true,
        outDir,
        rootDir: join(folder, 'src'),
        // What runs on Node 20 and later.
        target: 'ES2022',
      },
      include: [join(folder, 'src')],
      exclude: [join(folder, 'src/**/*.test.ts'), join(folder, 'src/**/testing')],
    }),
  );
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', config], { encoding: 'utf8' });
  rmSync(config);
  if (status !== 0) throw new Error(`tsc failed for ${name}:\n${stdout}${stderr}`);
}

function filesUnder(folder: string): string[] {
  mkdirSync(folder, { recursive: true });
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(js|d\.ts)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Internal packages become relative imports; TypeScript endings, which declarations keep, become JavaScript's. */
function rewriteImports(file: string): void {
  const text = readFileSync(file, 'utf8');
  const rewritten = text.replace(
    /(from\s+|import\s*\(?\s*)(['"])([^'"]+)\2/g,
    (_, before, quote, specifier: string) => {
      return `${before}${quote}${target(file, specifier)}${quote}`;
    },
  );
  if (rewritten !== text) writeFileSync(file, rewritten);
}

function target(file: string, specifier: string): string {
  const internal = /^@isotherm\/(observation-wire|enum-words)$/.exec(specifier)?.[1];
  if (internal !== undefined) return relativeTo(file, join(DIST, internal, 'index.js'));
  const contract = /^@isotherm\/contracts\/(.+)$/.exec(specifier)?.[1];
  if (contract === 'buf/validate') return relativeTo(file, join(CONTRACTS, 'buf', 'validate', 'validate_pb.js'));
  if (contract?.startsWith('google/')) return relativeTo(file, join(CONTRACTS, `${contract}_pb.js`));
  if (contract !== undefined) return relativeTo(file, join(CONTRACTS, 'isotherm', `${contract}_pb.js`));
  if (specifier.startsWith('@isotherm/')) throw new Error(`${file} imports ${specifier}, which is not in the package.`);
  return specifier.startsWith('.') ? specifier.replace(/\.ts$/, '.js') : specifier;
}

function relativeTo(file: string, to: string): string {
  const path = relative(dirname(file), to).split(sep).join('/');
  return path.startsWith('.') ? path : `./${path}`;
}
