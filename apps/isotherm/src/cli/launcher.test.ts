import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../paths.ts';

const BIN = new URL('../../bin/isotherm.js', import.meta.url).pathname;

/** A Node of this machine that is too old to run the platform; the present one where there is none. */
function oldestNode(): string {
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'node'))
    .filter((path) => existsSync(path))
    .map((path) => ({ path, major: Number(/v(\d+)/.exec(execFileSync(path, ['-v'], { encoding: 'utf8' }))?.[1]) }))
    .filter(({ major }) => major >= 20);
  return found.sort((a, b) => a.major - b.major)[0]?.path ?? process.execPath;
}

interface Outcome {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (...args: string[]) => runOn(oldestNode(), BIN, ...args);

function runOn(node: string, ...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(node, args, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }));
  });
}

describe('the launcher', () => {
  it('runs the command line whatever Node it is started with, and hands on output and exit codes', async () => {
    expect(await run('current', '--help')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('isotherm current'),
    });
    expect(await run('--version')).toMatchObject({ code: 0, stdout: `${VERSION}\n` });
    expect(await run('top', '--api', 'http://127.0.0.1:1')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('Nothing answers at http://127.0.0.1:1'),
    });
  });

  it('runs what was built, and the sources where one of them is newer', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'isotherm-launcher-'));
    const put = (path: string, text: string, seconds: number) => {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), text);
      utimesSync(join(folder, path), seconds, seconds);
    };
    mkdirSync(join(folder, 'bin'));
    copyFileSync(BIN, join(folder, 'bin/isotherm.js'));
    put('package.json', '{"type":"module"}', 1000);
    put('src/cli/main.ts', "console.log('sources')", 1000);
    const launch = async () => (await runOn(process.execPath, join(folder, 'bin/isotherm.js'))).stdout.trim();
    expect(await launch()).toBe('sources');
    put('dist/isotherm.js', "console.log('built')", 2000);
    put('dist/sources.json', JSON.stringify(['../src/cli/main.ts', '../src/gone.ts']), 2000);
    expect(await launch()).toBe('built');
    put('src/cli/main.ts', "console.log('sources')", 3000);
    expect(await launch()).toBe('sources');
    rmSync(folder, { recursive: true });
  });
});
