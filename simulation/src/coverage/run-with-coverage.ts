import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coverageReport } from './coverage-report.ts';

/**
 * Runs a script of the simulation in a process of its own whose code paths V8 counts, and says which ones ran. Types are
 * stripped in place, so that V8's offsets are those of the sources.
 *
 * @returns its exit code
 */
export async function runWithCoverage(script: string, args: readonly string[], say: (line: string) => void) {
  const folder = await mkdtemp(join(tmpdir(), 'isotherm-coverage-'));
  try {
    const child = spawn(process.execPath, [script, ...args], {
      stdio: 'inherit',
      env: { ...process.env, NODE_V8_COVERAGE: folder },
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    for (const line of coverageReport(folder)) say(line);
    return code ?? 1;
  } finally {
    await rm(folder, { recursive: true });
  }
}
