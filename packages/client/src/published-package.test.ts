import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFakePlatform } from './testing/fake-platform.ts';

const run = promisify(execFile);
const PACKAGE = dirname(import.meta.dirname);
const WORKSPACE = join(PACKAGE, '..', '..');

/** A program as a service would write it. */
const PROGRAM = `
import { createIsothermClient, IsothermClientError, type BatchResult } from '@isotherm/client';

const client = createIsothermClient({ ingestUrl: process.argv[2] ?? '', producerId: 'packed' });
const result: BatchResult = await client.send([{ cityId: 'roof', observeTime: new Date(), temperatureCelsius: 21.5 }]);
const stream = client.openStream();
const sent = await stream.write([{ cityId: 'roof', observeTime: Date.now(), windSpeedMps: 3 }]);
const streamed = await sent.result;
await client.close();
try {
  createIsothermClient({ apiUrl: 'ftp://nowhere' });
} catch (error) {
  if (!(error instanceof IsothermClientError)) throw error;
  process.stdout.write(JSON.stringify({ unary: result.accepted, streamed: streamed.accepted, code: error.code }));
}
`;

let scratch = '';
let app = '';

/** Packs a copy of the package, so that the workspace's own package.json is never touched. */
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'isotherm-pack-'));
  const workspace = join(scratch, 'workspace');
  await mkdir(join(workspace, 'packages'), { recursive: true });
  await symlink(join(WORKSPACE, 'node_modules'), join(workspace, 'node_modules'));
  await symlink(join(WORKSPACE, 'tsconfig.base.json'), join(workspace, 'tsconfig.base.json'));
  for (const name of ['contracts', 'observation-wire', 'enum-words']) {
    await symlink(join(WORKSPACE, 'packages', name), join(workspace, 'packages', name));
  }
  const copy = join(workspace, 'packages', 'client');
  await cp(PACKAGE, copy, { recursive: true, filter: (path) => !/\/(dist|node_modules|\.cache)$/.test(path) });
  const npm = { cwd: copy, env: { ...process.env, npm_config_offline: 'true', npm_config_update_notifier: 'false' } };
  await run('npm', ['pack', '--pack-destination', scratch], npm);

  app = join(scratch, 'app');
  const modules = join(app, 'node_modules');
  await mkdir(join(modules, '@isotherm', 'client'), { recursive: true });
  await run('tar', [
    '-xzf',
    join(scratch, 'isotherm-client-0.1.0.tgz'),
    '--strip-components=1',
    '-C',
    join(modules, '@isotherm', 'client'),
  ]);
  const { dependencies } = JSON.parse(await readFile(join(modules, '@isotherm', 'client', 'package.json'), 'utf8'));
  // What a registry would bring: the same versions, from the workspace.
  for (const name of [...Object.keys(dependencies), '@types/node']) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(WORKSPACE, 'node_modules', name), join(modules, name));
  }
  await writeFile(join(app, 'package.json'), '{"type":"module"}');
  await writeFile(join(app, 'main.ts'), PROGRAM);
});

afterAll(() => rm(scratch, { recursive: true, force: true }));

describe('the published package', () => {
  it('names no internal package and no source', async () => {
    const text = await readFile(join(app, 'node_modules', '@isotherm', 'client', 'package.json'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ exports: { '.': { default: './dist/index.js' } } });
    expect(text.replace('"@isotherm/client"', '')).not.toMatch(/@isotherm\/|src\//);
    expect(JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8')).exports).toEqual({
      '.': './src/index.ts',
      './internals': './src/internals.ts',
    });
  });

  it('compiles under strict settings and runs in an empty folder', async () => {
    await using platform = await startFakePlatform();
    const tsc = join(WORKSPACE, 'node_modules', 'typescript', 'bin', 'tsc');
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--module', 'nodenext'];
    await run(process.execPath, [tsc, ...strict, '--target', 'es2022', '--types', 'node', 'main.ts'], { cwd: app });
    const { stdout } = await run(process.execPath, ['main.js', platform.url], { cwd: app });
    expect(JSON.parse(stdout)).toEqual({ unary: 1, streamed: 1, code: 'INVALID_ARGUMENT' });
    expect(platform.batches.map(({ producerId }) => producerId)).toEqual(['packed', 'packed']);
  });
});
