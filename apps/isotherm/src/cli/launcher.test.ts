import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
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

function run(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(oldestNode(), [BIN, ...args], (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
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
});
